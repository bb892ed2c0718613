/// A value of a theme's file. The program reads the TOML and converts: the screen knows no file format.
public indirect enum ThemeValue: Hashable, Sendable {
    /// A string.
    case string(String)
    /// An integer.
    case integer(Int)
    /// A table.
    case table(ThemeTable)
    /// A value of any other kind: a theme has no use for one.
    case other
}

/// A table of a theme's file, by its keys.
public typealias ThemeTable = [String: ThemeValue]

/// What is wrong with a theme, with the key where it stands.
public enum ThemeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such key.
    case unknownKey(String)
    /// The value is of another kind than the key wants.
    case wrongKind(key: String, expected: String)
    /// The file is written for another version of the program.
    case schema(Int)
    /// There is no such role.
    case unknownRole(String)
    /// The text names no colour.
    case badColor(key: String, text: String)
    /// The text names no attribute.
    case badAttribute(key: String, text: String)
    /// A role is, through other roles, like itself.
    case cycle(key: String)
    /// A glyph is not printable, not one column wide, or there are too few or too many.
    case badGlyphs(key: String, text: String)

    /// One sentence.
    public var description: String {
        switch self {
        case .unknownKey(let key): "There is no key '\(key)' in a theme."
        case .wrongKind(let key, let expected): "'\(key)' must be \(expected)."
        case .schema(let number): "'schema' is \(number), and this program knows schema 1."
        case .unknownRole(let key): "There is no role '\(key)'."
        case .badColor(let key, let text): "'\(key)' names '\(text)', which is no colour."
        case .badAttribute(let key, let text): "'\(key)' names '\(text)', which is no attribute."
        case .cycle(let key): "'\(key)' is, through other roles, like itself."
        case .badGlyphs(let key, let text): "'\(key)' is '\(text)', which are not glyphs of one column."
        }
    }
}
