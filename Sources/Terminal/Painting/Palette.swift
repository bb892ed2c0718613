import Screen

/// The colours that a terminal supports, and the nearest one to any other.
enum Palette: Hashable, Sendable {
    /// No colours; attributes only.
    case mono
    /// The first 8 or 16 colours of the xterm palette.
    case few(Int)
    /// The 256 colours of the xterm palette.
    case indexed
    /// 24-bit colours, as the number `0xRRGGBB`.
    case direct

    /// The palette of a terminal with this number of colours.
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

    /// The number of a colour, or of the nearest one that is supported; −1 is the terminal's default.
    func number(of color: Color) -> Int32 {
        switch (self, color) {
        case (.mono, _), (_, .default): -1
        case (.few(let count), .palette(let index)):
            index < count ? Int32(index) : Self.nearest(to: Self.parts(of: index), in: 0..<count)
        case (.few(let count), .rgb(let red, let green, let blue)):
            Self.nearest(to: (Int(red), Int(green), Int(blue)), in: 0..<count)
        case (.indexed, .palette(let index)): Int32(index)
        // The first sixteen can be configured by the user, so the nearest is searched among the others.
        case (.indexed, .rgb(let red, let green, let blue)):
            Self.nearest(to: (Int(red), Int(green), Int(blue)), in: 16..<256)
        case (.direct, .palette(let index)):
            index < 8 ? Int32(index) : Self.direct(Self.parts(of: index))
        case (.direct, .rgb(let red, let green, let blue)): Self.direct((Int(red), Int(green), Int(blue)))
        }
    }

    /// The RGB value of a number in the xterm palette: sixteen named colours, a 6×6×6 cube and 24 greys.
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

    /// The nearest colour in a range; green has the highest weight and blue the lowest, roughly as the eye perceives
    /// them.
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

    /// The number of a 24-bit colour. Numbers below 256 mean the palette, so the darkest blues get a little green.
    private static func direct(_ parts: (red: Int, green: Int, blue: Int)) -> Int32 {
        let number = parts.red << 16 | parts.green << 8 | parts.blue
        return Int32(number < 0x100 ? number + 0x100 : number)
    }
}
