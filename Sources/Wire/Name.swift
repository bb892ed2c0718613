/// The grammar of identifiers on the wire: 1 to 128 bytes of printable ASCII without the space.
///
/// C and SQLite end a string at U+0000, terminals interpret control characters, and Unicode has several spellings of
/// one word: two layers that read such a name differently would confuse two sessions. A name of this grammar is the
/// same to all of them, and names are compared by their bytes.
public enum Name {
    /// The longest name, in bytes.
    public static let bytesMaximum = 128

    /// The longest path that a peer may send, in bytes (Linux's PATH_MAX without the terminating NUL).
    public static let pathBytesMaximum = 4_095

    /// Whether the text matches the grammar.
    public static func isValid(_ text: String) -> Bool {
        (1...bytesMaximum).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension JSON {
    /// The member, which has to be present and a ``Name``.
    ///
    /// - Throws: ``RPCError`` −32602, naming the member and never its value.
    public func requiredName(_ key: String) throws(RPCError) -> String {
        let text = try requiredString(key)
        guard Name.isValid(text) else {
            throw .invalidParams("'\(key)' is not 1 to \(Name.bytesMaximum) printable ASCII characters without spaces")
        }
        return text
    }

    /// The member, a ``Name``; `nil` when it is missing or `null`.
    public func optionalName(_ key: String) throws(RPCError) -> String? {
        guard let value = self[key], value != .null else { return nil }
        return try requiredName(key)
    }

    /// The member, which has to be present and an identifier.
    public func requiredIdentifier<Kind>(_ key: String) throws(RPCError) -> Identifier<Kind> {
        Identifier(try requiredName(key))
    }

    /// The member, an identifier; `nil` when it is missing or `null`.
    public func optionalIdentifier<Kind>(_ key: String) throws(RPCError) -> Identifier<Kind>? {
        try optionalName(key).map { Identifier($0) }
    }

    /// The message that a turn answers (`messageId`); empty when it is not known.
    func promptIdentifier() throws(RPCError) -> MessageID {
        self["messageId"] == "" ? "" : try optionalIdentifier("messageId") ?? ""
    }

    /// The member, which has to be present and an absolute path of at most ``Name/pathBytesMaximum`` bytes without
    /// U+0000.
    public func requiredPath(_ key: String) throws(RPCError) -> String {
        let path = try requiredString(key)
        guard path.utf8.first == UInt8(ascii: "/") else { throw .invalidParams("'\(key)' is not an absolute path") }
        guard path.utf8.count <= Name.pathBytesMaximum, !path.utf8.contains(0) else {
            throw .invalidParams("'\(key)' is longer than \(Name.pathBytesMaximum) bytes, or contains U+0000")
        }
        return path
    }

    /// The member, an absolute path; `nil` when it is missing or `null`.
    public func optionalPath(_ key: String) throws(RPCError) -> String? {
        guard let value = self[key], value != .null else { return nil }
        return try requiredPath(key)
    }
}

extension Identifier: JSONConvertible {
    /// Decodes an identifier, such as an element of a list.
    public init(json: JSON) throws(RPCError) {
        guard let name = json.string, let identifier = Self(checking: name) else {
            throw .invalidParams("an element is not 1 to \(Name.bytesMaximum) printable ASCII characters, no spaces")
        }
        self = identifier
    }

    /// The identifier as a JSON string.
    public var json: JSON { .string(rawValue) }
}
