/// A value of a theme file. The program parses the TOML and converts it: Screen knows no file format.
public indirect enum ThemeValue: Hashable, Sendable {
    /// A TOML string: a colour, a role's style, or a glyph set.
    case string(String)
    /// A TOML integer: the colour's number, or `schema`.
    case integer(Int)
    /// A TOML table: a section, or the variants of a colour.
    case table(ThemeTable)
    /// A value of any other type, which no key accepts.
    case other
}

/// A table of a theme file.
public typealias ThemeTable = [String: ThemeValue]

/// An error in a theme file, with its key.
public enum ThemeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The key is unknown.
    case unknownKey(String)
    /// The value has the wrong type.
    case wrongKind(key: String, expected: String)
    /// The file's `schema` is not the one that this program knows.
    case schema(Int)
    /// The role is unknown.
    case unknownRole(String)
    /// The text is not a colour.
    case badColor(key: String, text: String)
    /// The text is not an attribute.
    case badAttribute(key: String, text: String)
    /// The role refers to itself through other roles.
    case cycle(key: String)
    /// The glyphs are too few, too many, not printable, or not one column wide.
    case badGlyphs(key: String, text: String)

    /// The key that is wrong, with the names of its sections before it.
    public var key: String {
        switch self {
        case .unknownKey(let key), .wrongKind(let key, _), .unknownRole(let key), .badColor(let key, _),
            .badAttribute(let key, _), .cycle(let key), .badGlyphs(let key, _):
            key
        case .schema: "schema"
        }
    }

    /// The error in one sentence, with the key.
    public var description: String {
        switch self {
        case .unknownKey(let key): "There is no key '\(key)' in a theme."
        case .wrongKind(let key, let expected): "'\(key)' must be \(expected)."
        case .schema(let number): "'schema' is \(number), and this belay supports only schema 1."
        case .unknownRole(let key): "There is no role '\(key)'."
        case .badColor(let key, let text): "'\(key)' names '\(text)', which is not a colour."
        case .badAttribute(let key, let text): "'\(key)' names '\(text)', which is not an attribute."
        case .cycle(let key): "'\(key)' refers to itself through other roles."
        case .badGlyphs(let key, let text): "'\(key)' is '\(text)': the glyphs must have one column each."
        }
    }
}

extension ThemeTable {
    func string(_ key: String, in prefix: String = "") throws(ThemeError) -> String? {
        switch self[key] {
        case nil: return nil
        case .string(let text): return text
        case .integer, .table, .other: throw .wrongKind(key: prefix + key, expected: "a string")
        }
    }

    func integer(_ key: String) throws(ThemeError) -> Int? {
        switch self[key] {
        case nil: return nil
        case .integer(let number): return number
        case .string, .table, .other: throw .wrongKind(key: key, expected: "an integer")
        }
    }

    func table(_ key: String) throws(ThemeError) -> ThemeTable? {
        switch self[key] {
        case nil: return nil
        case .table(let table): return table
        case .string, .integer, .other: throw .wrongKind(key: key, expected: "a table")
        }
    }
}
