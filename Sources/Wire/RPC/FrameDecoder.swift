public import NIOCore

/// Assembles a message from the fragments of a WebSocket message (RFC 6455 §5.4), within a bound, and decodes it.
///
/// Fragments may be cut anywhere. A message that exceeds the bound fails at once, not at its end, so a peer cannot send
/// an endless one.
public struct FrameDecoder: Sendable {
    /// Why a message is not accepted.
    public enum Failure: Error, Hashable, Sendable {
        /// The message is longer than the bound, in bytes. The connection is closed with 1009.
        case tooBig(maximum: Int)
        /// The text is not UTF-8 (RFC 6455 §8.1). The connection is closed with 1007.
        case notUTF8
        /// The text is not JSON. A client gets the error −32700, and the connection stays open; a client closes with
        /// 1007.
        case json(JSONError)
        /// The JSON is not a message. A client gets the error −32600, and the connection stays open; a client closes with
        /// 1007.
        case message(RPCError)

        /// The error to answer with; `nil` when the connection has to be closed instead.
        public var answer: RPCError? {
            switch self {
            case .tooBig, .notUTF8: nil
            case .json(let error):
                RPCError(
                    .parseError, error.description,
                    data: ["offset": .integer(Int64(error.offset)), "reason": .string(error.reason.rawValue)])
            case .message(let error): error
            }
        }
    }

    /// The longest accepted message, in bytes.
    public let bytesMaximum: Int
    /// How deep its arrays and objects may be nested.
    public let depthMaximum: Int
    /// How many values it may hold.
    public let valuesMaximum: Int
    private var held: ByteBuffer?

    /// Creates an empty decoder.
    ///
    /// - Parameters:
    ///   - bytesMaximum: The longest message, in bytes; 1 MiB by default.
    ///   - depthMaximum: How deep JSON may be nested; 64 by default.
    ///   - valuesMaximum: How many values JSON may hold; ``JSON/valuesMaximum`` by default.
    public init(
        bytesMaximum: Int = 1 << 20, depthMaximum: Int = JSON.depthMaximum, valuesMaximum: Int = JSON.valuesMaximum
    ) {
        self.bytesMaximum = bytesMaximum
        self.depthMaximum = depthMaximum
        self.valuesMaximum = valuesMaximum
    }

    /// Adds a fragment.
    ///
    /// - Parameters:
    ///   - fragment: The next bytes of the message.
    ///   - isLast: Whether the fragment is the last one (FIN).
    /// - Returns: The message once it is complete; `nil` before.
    /// - Throws: ``Failure``. The decoder is then empty and ready for the next message.
    public mutating func feed(_ fragment: ByteBuffer, isLast: Bool) throws(Failure) -> Message? {
        guard (held?.readableBytes ?? 0) + fragment.readableBytes <= bytesMaximum else {
            held = nil
            throw .tooBig(maximum: bytesMaximum)
        }
        // Most messages are one fragment, which is parsed without being copied.
        var whole = fragment
        if held != nil {
            held?.writeImmutableBuffer(fragment)
            whole = held ?? fragment
        }
        guard isLast else {
            held = whole
            return nil
        }
        held = nil
        let json: JSON
        do throws(JSONError) {
            json = try JSON(parsing: whole, depthMaximum: depthMaximum, valuesMaximum: valuesMaximum)
        } catch {
            // Parsed JSON is valid UTF-8. If parsing failed, invalid UTF-8 takes precedence: it closes with 1007.
            guard String(validating: whole.readableBytesView, as: UTF8.self) != nil else { throw .notUTF8 }
            throw .json(error)
        }
        do throws(RPCError) {
            return try Message(json: json)
        } catch {
            throw .message(error)
        }
    }
}
