import NIOCore
import TestKit
import Testing
import Transport
import Wire

/// What a server does with the frames of a client that may do anything.
@Suite struct FrameTests {
    private let ping = #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":1}}"#
    private let answer: JSON = ["jsonrpc": "2.0", "id": 1, "result": ["n": 1]]

    @Test func aMessageMayComeInFragmentsWithControlFramesBetween() async throws {
        try await withListener { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            let bytes = Array(ping.utf8)
            try await socket.send(1, Array(bytes[..<5]), isLast: false)
            try await socket.send(9, Array("are you there".utf8))
            #expect(await eventually { socket.frames.first?.opcode == 10 }, "a ping is answered at once")
            #expect(socket.frames.first?.text == "are you there")
            try await socket.send(0, Array(bytes[5..<20]), isLast: false)
            try await socket.send(0, [], isLast: false)
            try await socket.send(0, Array(bytes[20...]))
            #expect(await eventually { socket.messages == [answer] })
        }
    }

    @Test func whatIsNoJSONIsAnsweredWithItsPlaceAndTheConnectionGoesOn() async throws {
        try await withListener { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            try await socket.send(text: #"{"jsonrpc":"2.0",}"#)
            try await socket.send(text: "[]")
            try await socket.send(text: ping)
            try #require(await eventually { socket.messages.count == 3 })
            #expect(socket.messages.map { $0["error"]?["code"] } == [-32_700, -32_600, nil])
            #expect(socket.messages[0]["error"]?["data"]?["offset"] == 17)
            #expect(socket.messages[0]["id"] == .null)
            #expect(socket.messages[2] == answer)
        }
    }

    @Test func aMessageAsLongAsTheBoundIsTakenAndOneByteMoreIsTooBig() async throws {
        let bound = 4_096
        try await withListener(change: { $0.messageBytesMaximum = bound }) { listener in
            let frame = #"{"id":1,"method":"m","params":""}"#
            let longest = frame.replacing(
                "\"\"", with: "\"\(String(repeating: "x", count: bound - frame.utf8.count))\"")
            #expect(longest.utf8.count == bound)
            let socket = try await RawWebSocket.connect(to: listener.port)
            try await socket.send(text: longest)
            #expect(await eventually { socket.messages.count == 1 })
            try await socket.send(text: longest + " ")
            #expect(await eventually { socket.frames.last?.closeCode == .tooBig })
            #expect(await eventually { socket.peer.end == .closed })
        }
    }

    @Test func theCloseFrameArrivesThoughTheRestOfTheMessageIsStillOnItsWay() async throws {
        try await withListener { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            // Far more than the socket's buffers hold: a server that closed at once would reset the connection, and
            // the client would never learn why.
            let bytes = RawWebSocket.frame(1, [UInt8](repeating: 0x20, count: 24 << 20))
            try? await socket.peer.send(bytes)
            #expect(await eventually { socket.frames.last?.closeCode == .tooBig })
            #expect(await eventually { listener.closures.first?.code == .tooBig })
        }
    }

    @Test func fragmentsThatAddUpToTooMuchAreStoppedAtTheBound() async throws {
        try await withListener(change: { $0.messageBytesMaximum = 1_024 }) { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            try await socket.send(1, [UInt8](repeating: 0x20, count: 600), isLast: false)
            try await socket.send(0, [UInt8](repeating: 0x20, count: 600), isLast: false)
            #expect(await eventually { socket.frames.last?.closeCode == .tooBig })
        }
    }

    @Test func messagesOfOneReadAreAllHeardBeforeTheGoodbyeBehindThem() async throws {
        try await withListener { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            let note = RawWebSocket.frame(1, Array(#"{"method":"last words"}"#.utf8))
            try await socket.peer.send(note + note + RawWebSocket.frame(8, [0x03, 0xE8] + Array("bye".utf8)))
            #expect(await eventually { listener.closures.count == 1 })
            #expect(listener.notified == ["last words", "last words"])
            #expect(listener.closures == [Closure(code: .normal, reason: "bye")])
            #expect(await eventually { socket.frames.last?.closeCode == .normal }, "a goodbye is returned")
        }
    }

    @Test func aPeerThatIsSilentOverTwoPingsIsGone() async throws {
        try await withListener(change: { $0.pingInterval = .milliseconds(50) }) { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            #expect(await eventually { socket.frames.last?.closeCode == .heartbeatMissed })
            #expect(socket.frames.filter { $0.opcode == 9 }.count == 2)
        }
    }

    @Test func aPeerThatAnswersPingsStays() async throws {
        try await withListener(change: { $0.pingInterval = .seconds(1) }) { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            for number in 1...3 {
                #expect(await eventually { socket.frames.filter { $0.opcode == 9 }.count >= number })
                try await socket.send(10, [])
            }
            #expect(socket.frames.allSatisfy { $0.opcode == 9 })
            #expect(listener.closures.isEmpty)
        }
    }
}
