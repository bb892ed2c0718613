import Screen

/// The colours a terminal has, and which of them is nearest to one it has not.
enum Palette: Hashable, Sendable {
    /// No colours: attributes only.
    case mono
    /// The first colours of the usual palette: 8 or 16.
    case few(Int)
    /// The usual 256.
    case indexed
    /// Any colour, by the number `0xRRGGBB`.
    case direct

    /// The palette of a terminal with so many colours.
    init(colors: Int) {
        self =
            switch colors {
            case ..<8: .mono
            case 8..<16: .few(8)
            case 16..<256: .few(16)
            case 256..<0x100_0000: .indexed
            default: .direct
            }
    }

    /// The number of a colour, or of the nearest there is; −1 is the terminal's own.
    func number(of color: Color) -> Int32 {
        switch (self, color) {
        case (.mono, _), (_, .default): -1
        case (.few(let count), .palette(let index)):
            index < count ? Int32(index) : Self.nearest(to: Self.parts(of: index), in: 0..<count)
        case (.few(let count), .rgb(let red, let green, let blue)):
            Self.nearest(to: (Int(red), Int(green), Int(blue)), in: 0..<count)
        case (.indexed, .palette(let index)): Int32(index)
        // The first sixteen are what the user has made of them, so the nearest is looked for among the others.
        case (.indexed, .rgb(let red, let green, let blue)):
            Self.nearest(to: (Int(red), Int(green), Int(blue)), in: 16..<256)
        case (.direct, .palette(let index)):
            index < 8 ? Int32(index) : Self.direct(Self.parts(of: index))
        case (.direct, .rgb(let red, let green, let blue)): Self.direct((Int(red), Int(green), Int(blue)))
        }
    }

    /// The parts of a colour of the usual palette: sixteen by name, a cube of 6×6×6, and 24 greys.
    static func parts(of index: UInt8) -> (red: Int, green: Int, blue: Int) {
        let index = Int(index)
        func level(_ step: Int) -> Int { step == 0 ? 0 : 55 + 40 * step }
        switch index {
        case 7: return (229, 229, 229)
        case 8: return (127, 127, 127)
        case 0..<16:
            let full = index < 8 ? 205 : 255
            return (index & 1 != 0 ? full : 0, index & 2 != 0 ? full : 0, index & 4 != 0 ? full : 0)
        case 16..<232:
            let cube = index - 16
            return (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        default:
            let grey = 8 + 10 * (index - 232)
            return (grey, grey, grey)
        }
    }

    /// The one of a range that differs least; green counts most and blue least, roughly as the eye sees them.
    private static func nearest(to wanted: (red: Int, green: Int, blue: Int), in range: Range<Int>) -> Int32 {
        var best = (index: range.lowerBound, distance: Int.max)
        for index in range {
            let (red, green, blue) = parts(of: UInt8(index))
            let (dr, dg, db) = (red - wanted.red, green - wanted.green, blue - wanted.blue)
            let distance = 3 * dr * dr + 6 * dg * dg + db * db
            if distance < best.distance { best = (index, distance) }
        }
        return Int32(best.index)
    }

    /// A colour by its parts. Numbers below 256 mean the palette there, so the darkest blues get a trace of green.
    private static func direct(_ parts: (red: Int, green: Int, blue: Int)) -> Int32 {
        let number = parts.red << 16 | parts.green << 8 | parts.blue
        return Int32(number < 0x100 ? number + 0x100 : number)
    }
}
