/// The red, green and blue of a colour.
public struct RGB: Hashable, Sendable {
    /// The red part.
    public var red: UInt8
    /// The green part.
    public var green: UInt8
    /// The blue part.
    public var blue: UInt8

    /// Creates a colour from its parts.
    public init(red: UInt8, green: UInt8, blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

    /// Creates a colour from a number such as `0xRRGGBB`.
    public init(_ number: UInt32) {
        self.init(red: UInt8(number >> 16 & 0xFF), green: UInt8(number >> 8 & 0xFF), blue: UInt8(number & 0xFF))
    }

    /// Whether light text is read on it rather than dark text.
    public var isDark: Bool { OKLab(self).lightness < 0.6 }

    /// This colour with a part of another one mixed in, from 0 to 1.
    func mixed(with other: RGB, _ part: Double) -> RGB {
        func mix(_ own: UInt8, _ other: UInt8) -> UInt8 {
            UInt8((Double(own) * (1 - part) + Double(other) * part).rounded())
        }
        return RGB(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
    }
}

/// The 256 colours of xterm: sixteen that the user can change, a 6×6×6 cube and 24 greys.
public enum XtermPalette {
    /// The colour with this number. For the first sixteen it is xterm's, whatever the user has made of them.
    public static func color(_ index: UInt8) -> RGB {
        func level(_ step: UInt8) -> UInt8 { step == 0 ? 0 : 55 + 40 * step }
        switch index {
        case 7: return RGB(red: 229, green: 229, blue: 229)
        case 8: return RGB(red: 127, green: 127, blue: 127)
        case 0..<16:
            let full: UInt8 = index < 8 ? 205 : 255
            return RGB(
                red: index & 1 != 0 ? full : 0, green: index & 2 != 0 ? full : 0, blue: index & 4 != 0 ? full : 0)
        case 16..<232:
            let cube = index - 16
            return RGB(red: level(cube / 36), green: level(cube / 6 % 6), blue: level(cube % 6))
        default:
            let grey = 8 + 10 * (index - 232)
            return RGB(red: grey, green: grey, blue: grey)
        }
    }
}
