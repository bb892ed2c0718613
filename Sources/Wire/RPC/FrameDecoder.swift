public import NIOCore

/// Puts one message together from the fragments of a WebSocket message (RFC 6455 §5.4), within a bound.
///
/// It is fed as the bytes come, cut anywhere, and says what is wrong as soon as it is known: a peer that announces a
/// small message and sends an endless one is stopped at the bound, not at the end.
public struct FrameDecoder: Sendable {
    /// Why a frame cannot be taken.
    public enum Failure: Error, Hashable, Sendable {
        /// The message is longer than the bound, in bytes. The connection is closed with 1009.
        case tooBig(maximum: Int)
        /// The text is not UTF-8 (RFC 6455 §8.1). The connection is closed with 1007.
        case notUTF8
        /// The text is no JSON. The peer is told (−32700) and may go on.
        case json(JSONError)
        /// The JSON is no message. The peer is told (−32600) and may go on.
        case message(RPCError)

        /// What the peer is answered; `nil` when the connection is closed instead.
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

    /// The longest message that is taken, in bytes.
    public let bytesMaximum: Int
    /// How deep its arrays and objects may be nested.
    public let depthMaximum: Int
    /// How many values it may hold.
    public let valuesMaximum: Int
    private var held: ByteBuffer?

    /// A decoder with nothing held.
    ///
    /// - Parameters:
    ///   - bytesMaximum: The longest message, in bytes; 1 MiB unless told.
    ///   - depthMaximum: How deep JSON may be nested; 64 unless told.
    ///   - valuesMaximum: How many values JSON may hold; ``JSON/valuesMaximum`` unless told.
    public init(
        bytesMaximum: Int = 1 << 20, depthMaximum: Int = JSON.depthMaximum, valuesMaximum: Int = JSON.valuesMaximum
    ) {
        self.bytesMaximum = bytesMaximum
        self.depthMaximum = depthMaximum
        self.valuesMaximum = valuesMaximum
    }

    /// Takes a fragment.
    ///
    /// - Parameters:
    ///   - fragment: The next bytes of the message.
    ///   - isLast: Whether the message ends with them.
    /// - Returns: The message, when it is whole.
    /// - Throws: ``Failure``. The decoder is then empty and ready for the next message.
    public mutating func feed(_ fragment: ByteBuffer, isLast: Bool) throws(Failure) -> Message? {
        guard (held?.readableBytes ?? 0) + fragment.readableBytes <= bytesMaximum else {
            held = nil
            throw .tooBig(maximum: bytesMaximum)
        }
        // Most messages are one fragment: they are parsed where they lie.
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
            // JSON that could be read is UTF-8 throughout; what could not be is judged as a text first.
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
