import NIOCore
import Testing
import Wire

/// The error that the work throws; records a failure when it throws another one or none.
func thrownError<Failure: Error, Value>(
    _ type: Failure.Type, sourceLocation: SourceLocation = #_sourceLocation, _ work: () throws -> Value
) -> Failure? {
    #expect(throws: Failure.self, sourceLocation: sourceLocation) { try work() }
}

/// Encodes and decodes a value by way of its bytes, and again with a field that nobody knows.
func expectRoundTrip<Value: JSONConvertible>(
    _ value: Value, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let json = try JSON(parsing: value.json.encoded)
    #expect(try Value(json: json) == value, sourceLocation: sourceLocation)
    let extended = json.setting("x-unknown", to: ["kept": [1, .null, "…"]])
    #expect(try Value(json: extended) == value, "an unknown field", sourceLocation: sourceLocation)
}

/// Checks that each of the fields has to be there and be of its kind, and that the error names it.
func expectRequired<Value: JSONConvertible>(
    _ fields: [String], of value: Value, sourceLocation: SourceLocation = #_sourceLocation
) {
    for field in fields {
        let missing = thrownError(RPCError.self, sourceLocation: sourceLocation) {
            try Value(json: value.json.setting(field, to: nil))
        }
        #expect(missing == .invalidParams("'\(field)' is missing"), sourceLocation: sourceLocation)
        let mistaken = thrownError(RPCError.self, sourceLocation: sourceLocation) {
            try Value(json: value.json.setting(field, to: true))
        }
        #expect(mistaken?.code == .invalidParams, sourceLocation: sourceLocation)
        #expect(mistaken?.message.contains("'") == true, sourceLocation: sourceLocation)
    }
}

extension JSON {
    /// The object with a member set, or taken away with `nil`.
    func setting(_ key: String, to value: JSON?) -> JSON {
        guard var members else { return self }
        guard let index = members.firstIndex(where: { $0.key == key }) else {
            return .object(members + (value.map { [Member(key, $0)] } ?? []))
        }
        if let value { members[index].value = value } else { members.remove(at: index) }
        return .object(members)
    }
}

extension ByteBuffer {
    /// The bytes of a list.
    init(_ bytes: [UInt8]) { self.init(bytes: bytes) }
}
