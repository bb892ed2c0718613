/// A JSON value (RFC 8259) whose objects keep the order of their members.
///
/// All messages on the wire pass through this type: typed messages are decoded from it and encoded to it, and unknown
/// fields are preserved.
public enum JSON: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// A number with a fraction or an exponent, or beyond 64 bits.
    case number(Double)
    /// A string, always valid Unicode.
    case string(String)
    /// An array, in order.
    case array([JSON])
    /// An object, its members in the order they were written.
    case object([Member])

    /// One `"key": value` of an object.
    public struct Member: Hashable, Sendable {
        /// The key; duplicates are kept, and the first one is found.
        public var key: String
        /// The value of the key.
        public var value: JSON

        /// A member of an object.
        public init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }
}

extension JSON {
    /// The first member of that name, compared byte by byte; `nil` when there is none or this is no object.
    public subscript(_ key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.hasSameBytes(as: key) }?.value
    }

    /// The string, if this is one.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The truth value, if this is one.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The elements, if this is an array.
    public var array: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members, if this is an object.
    public var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// An object of those members whose value is not `nil`.
    public static func object(of members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { key, value in value.map { Member(key, $0) } })
    }
}

extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Makes `true` or `false` from a literal.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes an integer from a literal.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Makes a number from a literal.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// Makes a string from a literal.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes an array from a literal.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// Makes an object from a literal, in the order of its members.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
