/// How many colours a terminal has, and how a colour that it does not have is replaced.
public enum ColorDepth: Hashable, Sendable, CaseIterable {
    /// None: attributes only.
    case mono
    /// The first eight of the palette.
    case eight
    /// The first sixteen of the palette.
    case sixteen
    /// The 256 colours of xterm's palette.
    case indexed
    /// 24-bit colours.
    case direct

    /// The colour itself when the terminal has it, otherwise the most similar one that it has.
    public func reduced(_ color: Color) -> Color {
        switch (self, color) {
        case (_, .default), (.direct, _), (.indexed, .palette): color
        case (.mono, _): .default
        case (.sixteen, .palette(..<16)), (.eight, .palette(..<8)): color
        // Bright black is the grey of muted text; black would hide it on a dark background.
        case (.eight, .palette(8)): .default
        case (.eight, .palette(let index)) where index < 16: .palette(index - 8)
        case (.indexed, .rgb(let red, let green, let blue)):
            Self.nearest(to: OKLab(RGB(red: red, green: green, blue: blue)))
        case (.sixteen, .rgb(let red, let green, let blue)):
            Self.named(OKLab(RGB(red: red, green: green, blue: blue)), hasBright: true)
        case (.eight, .rgb(let red, let green, let blue)):
            Self.named(OKLab(RGB(red: red, green: green, blue: blue)), hasBright: false)
        case (.sixteen, .palette(let index)): Self.named(OKLab.palette[Int(index)], hasBright: true)
        case (.eight, .palette(let index)): Self.named(OKLab.palette[Int(index)], hasBright: false)
        }
    }

    /// The nearest of the 240 colours that users do not change.
    private static func nearest(to wanted: OKLab) -> Color {
        var best = (index: 16, distance: Double.infinity)
        for index in 16..<256 {
            let distance = OKLab.palette[index].distance(to: wanted)
            if distance < best.distance { best = (index, distance) }
        }
        return .palette(UInt8(best.index))
    }

    /// A colour below this distance from grey has no hue that the eye would name.
    private static let greyChroma = 0.045

    /// One of the colours with a name: greys by lightness, the others by hue first, since the names mean something.
    private static func named(_ wanted: OKLab, hasBright: Bool) -> Color {
        if wanted.chroma < greyChroma {
            if !hasBright { return wanted.lightness < 0.35 ? .palette(0) : .palette(7) }
            return switch wanted.lightness {
            case ..<0.28: .palette(0)
            case ..<0.68: .palette(8)
            case ..<0.92: .palette(7)
            default: .palette(15)
            }
        }
        var best = (index: 1, likeness: -2.0)
        for index in 1...6 {
            let likeness = OKLab.palette[index + 8].hueLikeness(to: wanted)
            if likeness > best.likeness { best = (index, likeness) }
        }
        guard hasBright else { return .palette(UInt8(best.index)) }
        let normal = abs(OKLab.palette[best.index].lightness - wanted.lightness)
        let bright = abs(OKLab.palette[best.index + 8].lightness - wanted.lightness)
        return .palette(UInt8(best.index + (bright < normal ? 8 : 0)))
    }
}

extension Color {
    /// The parts of the colour; of one that users change, xterm's. `nil` for the terminal's default.
    var parts: RGB? {
        switch self {
        case .default: nil
        case .palette(let index): XtermPalette.color(index)
        case .rgb(let red, let green, let blue): RGB(red: red, green: green, blue: blue)
        }
    }

    init(_ parts: RGB) { self = .rgb(red: parts.red, green: parts.green, blue: parts.blue) }
}
