/// A message or a part of one that has a form in JSON.
public protocol JSONConvertible: Hashable, Sendable {
    /// Reads the value.
    ///
    /// - Throws: ``RPCError`` −32602, naming the field that is missing or of the wrong kind. Fields that are not
    ///   known are ignored.
    init(json: JSON) throws(RPCError)

    /// The value as it goes on the wire.
    var json: JSON { get }
}

extension JSON {
    /// The member, which has to be there and not `null`; the error names it.
    public func required(_ key: String) throws(RPCError) -> JSON {
        guard let value = self[key], value != .null else { throw .invalidParams("'\(key)' is missing") }
        return value
    }

    /// The member, which has to be there and a string.
    public func requiredString(_ key: String) throws(RPCError) -> String {
        guard let value = try required(key).string else { throw .invalidParams("'\(key)' is not a string") }
        return value
    }

    /// The member, which has to be there and an array.
    public func requiredArray(_ key: String) throws(RPCError) -> [JSON] {
        guard let value = try required(key).array else { throw .invalidParams("'\(key)' is not an array") }
        return value
    }

    /// The member, which has to be there and of the type.
    public func required<Value: JSONConvertible>(_ key: String, as type: Value.Type) throws(RPCError) -> Value {
        try Value(json: try required(key))
    }

    /// Elements of an optional array; ones that cannot be read are an error.
    ///
    /// - Parameter maximum: How many there may be; one more is an error. A frame's own bound holds when `nil`.
    public func elements<Value: JSONConvertible>(
        _ key: String, as type: Value.Type, atMost maximum: Int? = nil
    ) throws(RPCError) -> [Value] {
        let elements = self[key]?.array ?? []
        if let maximum, elements.count > maximum {
            throw .invalidParams("'\(key)' has \(elements.count) elements and may have \(maximum)")
        }
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for element in elements { values.append(try Value(json: element)) }
        return values
    }

    /// The belay layer's own fields: `_meta.belay`.
    public var belay: JSON? { self["_meta"]?["belay"] }
}
