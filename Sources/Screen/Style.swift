/// A colour of the terminal.
public enum Color: Hashable, Sendable {
    /// The terminal's default colour.
    case `default`
    /// A colour of the palette, 0–255; the first sixteen are the user's ANSI colours.
    case palette(UInt8)
    /// A 24-bit colour; Terminal maps it to the nearest one where needed.
    case rgb(red: UInt8, green: UInt8, blue: UInt8)
}

/// Text attributes, as SGR sets them.
public struct Attributes: OptionSet, Hashable, Sendable {
    /// The bit mask, one bit per attribute.
    public var rawValue: UInt8

    /// Creates a set from a bit mask.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// SGR 1, which some terminals show as a brighter colour.
    public static let bold = Attributes(rawValue: 1 << 0)
    /// SGR 2, half brightness.
    public static let dim = Attributes(rawValue: 1 << 1)
    /// SGR 3; terminals without it ignore it.
    public static let italic = Attributes(rawValue: 1 << 2)
    /// SGR 4, a single line below the text.
    public static let underline = Attributes(rawValue: 1 << 3)
    /// SGR 7: foreground and background exchanged.
    public static let reverse = Attributes(rawValue: 1 << 4)
    /// SGR 9, a line through the text.
    public static let strike = Attributes(rawValue: 1 << 5)
}

/// The style of text: colours and attributes.
public struct Style: Hashable, Sendable {
    /// The colour of the text.
    public var foreground: Color
    /// The colour of the background.
    public var background: Color
    /// The attributes in addition to the colours.
    public var attributes: Attributes

    /// Creates a style; by default the terminal's own.
    public init(foreground: Color = .default, background: Color = .default, attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// The terminal's default colours without attributes.
    public static let plain = Style()
}
