import TestKit
import Testing
import Wire

/// A WebSocket client that can do everything wrong: frames are bytes that the test writes.
struct RawWebSocket {
    /// A frame that the server sent.
    struct Frame: Hashable {
        var opcode: UInt8
        var payload: [UInt8]
        var text: String { String(decoding: payload, as: UTF8.self) }

        /// The code of a close frame.
        var closeCode: CloseCode? {
            guard opcode == 8, payload.count >= 2 else { return nil }
            return CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        }
    }

    let peer: Peer
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
    static func connect(to port: Int) async throws -> RawWebSocket {
        let peer = try await Peer.connect(to: port)
        try await peer.send(Array(request.utf8))
        let end = Array("\r\n\r\n".utf8)
        #expect(await eventually { peer.received.firstRange(of: end) != nil })
        let range = try #require(peer.received.firstRange(of: end))
        let head = String(decoding: peer.received[..<range.lowerBound], as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        // The example of the RFC, worked out there.
        #expect(head.lowercased().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
        return RawWebSocket(peer: peer, headBytes: range.upperBound)
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
    var frames: [Frame] {
        var rest = peer.received[headBytes...]
        var frames: [Frame] = []
        while rest.count >= 2 {
            let first = rest.removeFirst()
            var length = Int(rest.removeFirst() & 0x7F)
            let extra = length == 126 ? 2 : length == 127 ? 8 : 0
            guard rest.count >= extra else { break }
            if extra > 0 { length = rest.prefix(extra).reduce(0) { $0 << 8 | Int($1) } }
            rest = rest.dropFirst(extra)
            guard rest.count >= length else { break }
            frames.append(Frame(opcode: first & 0x0F, payload: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return frames
    }

    /// The text frames that have come, as JSON.
    var messages: [JSON] { frames.filter { $0.opcode == 1 }.compactMap { try? JSON(parsing: $0.text) } }
}
