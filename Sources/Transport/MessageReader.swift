import NIOCore
import NIOWebSocket
import Wire

/// Makes messages of the text frames of one connection: puts fragments together (RFC 6455 §5.4), inflates what is
/// compressed (RFC 7692 §7.2.2), and decodes the whole.
struct MessageReader: ~Copyable {
    /// Why a frame is not accepted.
    enum Failure: Error, Hashable {
        /// A continuation of nothing, or a message within another one.
        case misplaced
        /// The message is longer than the bound, in bytes, inflated.
        case tooBig(maximum: Int)
        /// It is compressed, and cannot be inflated.
        case corrupt
        /// It is not UTF-8.
        case notUTF8
        /// It is no JSON, or no JSON-RPC, with what a client is answered. The next frames can be read.
        case undecodable(RPCError)
    }

    /// The message whose next fragment is to come.
    private enum Assembly {
        /// There is none.
        case none
        /// It began with a frame that is compressed, or with one that is not; the fragments behind it do not tell.
        case fragments(areDeflated: Bool)
    }

    private var decoder: FrameDecoder
    private var inflater: MessageInflater
    private var assembly = Assembly.none

    /// How many bytes of text have arrived, inflated.
    private(set) var bytesReceived = 0
    /// How many bytes they had on the wire, without the frames' own.
    private(set) var bytesOnWire = 0
    /// How many bytes were inflated.
    private(set) var bytesInflated = 0

    /// - Parameters:
    ///   - decoder: Decodes the text, and bounds its length.
    ///   - inflater: Inflates frames that are marked as compressed.
    init(_ decoder: FrameDecoder, _ inflater: consuming MessageInflater) {
        self.decoder = decoder
        self.inflater = inflater
    }

    /// The longest message, in bytes, inflated.
    var bytesMaximum: Int { decoder.bytesMaximum }

    /// Whether there is a decompressor now.
    var isHoldingInflater: Bool { inflater.isHolding }

    /// Takes the next text or continuation frame, which follows ``FrameRules``.
    ///
    /// - Returns: The message that is complete with it; `nil` when more fragments follow.
    /// - Throws: ``Failure``; except for `undecodable` the connection has to be closed.
    mutating func read(_ frame: WebSocketFrame) throws(Failure) -> Message? {
        let isDeflated: Bool
        switch (assembly, frame.opcode) {
        case (.fragments(let areDeflated), .continuation): isDeflated = areDeflated
        case (.none, .text): isDeflated = frame.rsv1
        case (.none, _), (.fragments, _): throw .misplaced
        }
        assembly = frame.fin ? .none : .fragments(areDeflated: isDeflated)
        bytesOnWire += frame.length
        let text = isDeflated ? try inflate(frame) : frame.unmaskedData
        bytesReceived += text.readableBytes
        do throws(FrameDecoder.Failure) {
            return try decoder.feed(text, isLast: frame.fin)
        } catch {
            switch error {
            case .tooBig(let maximum): throw .tooBig(maximum: maximum)
            case .notUTF8: throw .notUTF8
            case .json, .message: throw error.answer.map { .undecodable($0) } ?? .notUTF8
            }
        }
    }

    private mutating func inflate(_ frame: WebSocketFrame) throws(Failure) -> ByteBuffer {
        do throws(Inflater.Failure) {
            let text = try inflater.inflate(frame.unmaskedData, isLast: frame.fin, atMost: bytesMaximum)
            bytesInflated += text.readableBytes
            return text
        } catch {
            switch error {
            case .tooBig: throw .tooBig(maximum: bytesMaximum)
            case .corrupt: throw .corrupt
            }
        }
    }

    /// The connection has ended: frees the decompressor.
    mutating func end() { inflater.end() }
}
