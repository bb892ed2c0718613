/// A message, or a part of one, that can be decoded from and encoded to JSON.
public protocol JSONConvertible: Hashable, Sendable {
    /// Decodes the value.
    ///
    /// - Throws: ``RPCError`` −32602, naming the field that is missing or of the wrong kind. Fields that are not
    ///   known are ignored.
    init(json: JSON) throws(RPCError)

    /// The encoded value, as it is sent.
    var json: JSON { get }
}

extension JSON {
    /// The member, which has to be present and not `null`; otherwise throws −32602, naming it.
    public func required(_ key: String) throws(RPCError) -> JSON {
        guard let value = self[key], value != .null else { throw .invalidParams("'\(key)' is missing") }
        return value
    }

    /// The member, which has to be present and a string.
    public func requiredString(_ key: String) throws(RPCError) -> String {
        guard let value = try required(key).string else { throw .invalidParams("'\(key)' is not a string") }
        return value
    }

    /// The member, which has to be present and an array.
    public func requiredArray(_ key: String) throws(RPCError) -> [JSON] {
        guard let value = try required(key).array else { throw .invalidParams("'\(key)' is not an array") }
        return value
    }

    /// The member, which has to be present and of the type.
    public func required<Value: JSONConvertible>(_ key: String, as type: Value.Type) throws(RPCError) -> Value {
        try Value(json: try required(key))
    }

    /// The elements of an optional array; empty when it is missing. An element that cannot be decoded is an error.
    ///
    /// - Parameter maximum: How many elements are allowed; more are an error. `nil` leaves it to the frame's own bound.
    public func elements<Value: JSONConvertible>(
        _ key: String, as type: Value.Type, atMost maximum: Int? = nil
    ) throws(RPCError) -> [Value] {
        let elements = self[key]?.array ?? []
        if let maximum, elements.count > maximum {
            throw .invalidParams("'\(key)' has \(elements.count) elements, more than the maximum of \(maximum)")
        }
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for element in elements { values.append(try Value(json: element)) }
        return values
    }

    /// The belay layer's own fields: `_meta.belay`.
    public var belay: JSON? { self["_meta"]?["belay"] }
}
