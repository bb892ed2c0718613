import TestKit
import Testing
import Wire

@testable import Transport

/// Frames that RFC 6455 does not allow: each ends the connection with the code that it names, and nothing else.
@Suite(.serialized) struct FrameRuleTests {
    /// What a client may not send, and what it is closed with.
    static let faults: [(name: String, frames: [[UInt8]], code: CloseCode)] = [
        ("binary", [RawWebSocket.frame(2, [1, 2, 3])], .unsupportedData),
        ("a continuation of nothing", [RawWebSocket.frame(0, Array("{}".utf8))], .badFrame),
        (
            "a message in a message",
            [RawWebSocket.frame(1, Array("{".utf8), isLast: false), RawWebSocket.frame(1, Array("}".utf8))], .badFrame
        ),
        ("a long ping", [RawWebSocket.frame(9, [UInt8](repeating: 0, count: 126))], .badFrame),
        ("a ping in fragments", [RawWebSocket.frame(9, [], isLast: false)], .badFrame),
        ("a text without a mask", [[0x81, 0x02] + Array("{}".utf8)], .badFrame),
        ("a ping without a mask", [[0x89, 0x00]], .badFrame),
        ("a close without a mask", [[0x88, 0x02, 0x03, 0xE8]], .badFrame),
        ("a text that is not UTF-8", [RawWebSocket.frame(1, [0x7B, 0x22, 0xFF, 0x22, 0x7D])], .invalidData),
        ("bytes that are no text", [RawWebSocket.frame(1, [0xC0, 0xAF])], .invalidData),
        (
            "half a character at the end of a message",
            [RawWebSocket.frame(1, [0x22, 0xE2, 0x82], isLast: false), RawWebSocket.frame(0, [0x22])], .invalidData
        ),
        ("a surrogate", [RawWebSocket.frame(1, [0x22, 0xED, 0xA0, 0x80, 0x22])], .invalidData),
    ]

    @Test(arguments: faults.indices)
    func aFrameThatIsNotAllowedEndsTheConnection(_ index: Int) async throws {
        let fault = FrameRuleTests.faults[index]
        try await expect(fault.code, for: fault.frames, fault.name)
    }

    @Test(arguments: [0x40, 0x20, 0x10] as [UInt8])
    func reservedBitsAreNotSet(_ bit: UInt8) async throws {
        for opcode: UInt8 in [1, 8, 9, 10] {
            var frame = RawWebSocket.frame(opcode, opcode == 1 ? Array("{}".utf8) : [])
            frame[0] |= bit
            try await expect(.badFrame, for: [frame], "bit \(bit), kind \(opcode)")
        }
    }

    @Test(arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func reservedKindsAreNotSpoken(_ opcode: UInt8) async throws {
        try await expect(.badFrame, for: [RawWebSocket.frame(opcode, [])], "kind \(opcode)")
    }

    @Test(arguments: [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] as [UInt16])
    func codesThatNeverCrossTheWireAreRefused(_ code: UInt16) async throws {
        let payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        try await expect(.badFrame, for: [RawWebSocket.frame(8, payload)], "code \(code)")
    }

    @Test func aCloseFrameHasAWholeCodeAndAText() async throws {
        try await expect(.badFrame, for: [RawWebSocket.frame(8, [0x03])], "half a code")
        try await expect(.invalidData, for: [RawWebSocket.frame(8, [0x03, 0xE8, 0xFF])], "no text")
    }

    @Test(arguments: [1000, 1001, 1011, 3000, 4409, 4999] as [UInt16])
    func codesThatMayBeThereAreReturned(_ code: UInt16) async throws {
        let payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        try await expect(CloseCode(rawValue: code), for: [RawWebSocket.frame(8, payload)], "code \(code)")
    }

    @Test func nothingBehindABadFrameIsHeard() async throws {
        try await withListener { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            let note = RawWebSocket.frame(1, Array(#"{"method":"late"}"#.utf8))
            try await socket.peer.send(RawWebSocket.frame(3, []) + note)
            #expect(await eventually { listener.closures.count == 1 })
            #expect(listener.notified == [])
        }
    }

    private func expect(_ code: CloseCode, for frames: [[UInt8]], _ name: String) async throws {
        try await withListener { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            for frame in frames { try await socket.peer.send(frame) }
            #expect(await eventually { socket.frames.last?.closeCode == code }, "\(name)")
            #expect(await eventually { listener.closures.first?.code == code }, "\(name)")
            #expect(await eventually { socket.peer.end != nil }, "\(name)")
            // The listener lives.
            #expect(try await RawWebSocket.connect(to: listener.port).peer.end == nil)
        }
    }
}
