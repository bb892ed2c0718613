import NIOCore
import Wire

extension FuzzTarget {
    /// A type that is read from JSON. What was read means the same when it is written, and read again.
    static func decoder<Value: JSONConvertible>(_ name: String, _ type: Value.Type) -> FuzzTarget {
        FuzzTarget(name) { bytes throws(Oddity) in
            guard let json = parsed(bytes), let value = try? Value(json: json) else { return }
            guard let again = parsed(value.json.encoded) else {
                throw Oddity(sentence: "what was written is no JSON")
            }
            let second: Value
            do throws(RPCError) { second = try Value(json: again) } catch {
                throw Oddity(sentence: "what was written is refused: \(error)")
            }
            try expect(second == value, "read again it is another value")
        }
    }
}

/// The JSON that the bytes are.
func parsed(_ bytes: [UInt8]) -> JSON? { parsed(ByteBuffer(bytes: bytes)) }

/// The JSON that the bytes are.
func parsed(_ buffer: ByteBuffer) -> JSON? { try? JSON(parsing: buffer) }
