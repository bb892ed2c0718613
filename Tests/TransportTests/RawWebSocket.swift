import TestKit
import Testing
import Wire

/// A WebSocket client that can do everything wrong: frames are bytes that the test writes.
struct RawWebSocket {
    /// A frame that the server sent.
    struct Frame: Hashable {
        var opcode: UInt8
        var payload: [UInt8]
        /// Whether RSV1 is set, which marks the first frame of a compressed message.
        var isDeflated = false
        var text: String { String(decoding: payload, as: UTF8.self) }

        /// The code of a close frame.
        var closeCode: CloseCode? {
            guard opcode == 8, payload.count >= 2 else { return nil }
            return CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        }
    }

    let peer: Peer
    /// The head of the 101.
    let head: String
    private let headBytes: Int

    /// The upgrade request of RFC 6455 §1.2.
    static let request = """
        GET /acp HTTP/1.1\r
        Host: localhost\r
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Sec-WebSocket-Version: 13\r
        \r\n
        """

    /// Connects and upgrades.
    ///
    /// - Parameter header: One more header of the request, such as an offer of extensions.
    static func connect(to port: Int, with header: String = "") async throws -> RawWebSocket {
        let peer = try await Peer.connect(to: port)
        let more = header.isEmpty ? "" : "\(header)\r\n"
        try await peer.send(Array(request.replacing("Host: localhost\r\n", with: "Host: localhost\r\n\(more)").utf8))
        let end = Array("\r\n\r\n".utf8)
        #expect(await eventually { peer.received.firstRange(of: end) != nil })
        let range = try #require(peer.received.firstRange(of: end))
        let head = String(decoding: peer.received[..<range.lowerBound], as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        // The example of the RFC, worked out there.
        #expect(head.lowercased().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
        return RawWebSocket(peer: peer, head: head, headBytes: range.upperBound)
    }

    /// A frame's bytes, masked with zeros.
    static func frame(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, announcing length: Int? = nil)
        -> [UInt8]
    {
        let length = length ?? payload.count
        var bytes = [isLast ? 0x80 | opcode : opcode]
        switch length {
        case ..<126: bytes.append(0x80 | UInt8(length))
        case ..<65_536: bytes += [0x80 | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: bytes += [0x80 | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        }
        return bytes + [0, 0, 0, 0] + payload
    }

    func send(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true) async throws {
        try await peer.send(Self.frame(opcode, payload, isLast: isLast))
    }

    func send(text: String, isLast: Bool = true) async throws { try await send(1, Array(text.utf8), isLast: isLast) }

    /// The frames that have come whole.
    var frames: [Frame] { RawWebSocket.frames(in: peer.received[headBytes...]) }

    /// The frames that are whole in what one side has sent, without masks.
    static func frames(in bytes: ArraySlice<UInt8>) -> [Frame] {
        var rest = bytes
        var frames: [Frame] = []
        while rest.count >= 2 {
            let (first, second) = (rest.removeFirst(), rest.removeFirst())
            let extra = second & 0x7F == 126 ? 2 : second & 0x7F == 127 ? 8 : 0
            let maskBytes = second & 0x80 == 0 ? 0 : 4
            guard rest.count >= extra + maskBytes else { break }
            let length = extra == 0 ? Int(second & 0x7F) : rest.prefix(extra).reduce(0) { $0 << 8 | Int($1) }
            let mask = Array(rest.dropFirst(extra).prefix(maskBytes))
            rest = rest.dropFirst(extra + maskBytes)
            guard rest.count >= length else { break }
            let payload = rest.prefix(length).enumerated().map { mask.isEmpty ? $1 : $1 ^ mask[$0 % 4] }
            frames.append(Frame(opcode: first & 0x0F, payload: payload, isDeflated: first & 0x40 != 0))
            rest = rest.dropFirst(length)
        }
        return frames
    }

    /// The text frames that have come, as JSON.
    var messages: [JSON] { frames.filter { $0.opcode == 1 }.compactMap { try? JSON(parsing: $0.text) } }
}
