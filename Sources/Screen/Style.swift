/// A colour as the terminal takes it.
public enum Color: Hashable, Sendable {
    /// The terminal's own.
    case `default`
    /// One of the palette, 0–255; the first sixteen are the user's own ANSI colours.
    case palette(UInt8)
    /// A colour by its parts.
    case rgb(red: UInt8, green: UInt8, blue: UInt8)
}

/// Attributes of text.
public struct Attributes: OptionSet, Hashable, Sendable {
    /// One bit for each attribute.
    public var rawValue: UInt8

    /// Attributes by their bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Bold.
    public static let bold = Attributes(rawValue: 1 << 0)
    /// Dim.
    public static let dim = Attributes(rawValue: 1 << 1)
    /// Italic.
    public static let italic = Attributes(rawValue: 1 << 2)
    /// Underlined.
    public static let underline = Attributes(rawValue: 1 << 3)
    /// Foreground and background exchanged.
    public static let reverse = Attributes(rawValue: 1 << 4)
    /// Struck through.
    public static let strike = Attributes(rawValue: 1 << 5)
}

/// How text looks.
public struct Style: Hashable, Sendable {
    /// The colour of the text.
    public var foreground: Color
    /// The colour behind it.
    public var background: Color
    /// Its attributes.
    public var attributes: Attributes

    /// A look.
    public init(foreground: Color = .default, background: Color = .default, attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// The terminal's own colours and no attributes.
    public static let plain = Style()
}
