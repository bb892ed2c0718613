import NIOCore
import NIOEmbedded
import TestKit
import Testing
import Wire

@testable import Transport

/// Connections that compress, without sockets: what one side sends, the other understands, however it is cut.
@Suite struct CompressedConnectionTests {
    /// A message of a replay.
    private func note(_ number: Int, _ text: String = "the same again") -> Message {
        .notification(
            method: "session/update",
            params: [
                "sessionId": "s", "update": ["text": .string(text)],
                "_meta": ["belay": ["seq": .integer(Int64(number))]],
            ])
    }

    private let long = String(repeating: "a prompt with a file in it; ", count: 80)

    @Test func whatAServerSendsIsUnderstoodSplitAtEveryByte() throws {
        let loop = EmbeddedEventLoop()
        let messages = [note(1)] + [note(2, long)] + (3...8).map { note($0) }
        let bytes = try EmbeddedSide.server(on: loop).send(messages)
        let frames = RawWebSocket.frames(in: bytes[...])
        #expect(
            frames.map(\.isDeflated) == [false] + Array(repeating: true, count: 7), "a burst begins with the second")
        #expect(frames.dropFirst(2).allSatisfy { $0.payload.count < 40 }, "later messages refer to earlier ones")
        for place in 0...bytes.count {
            let client = try EmbeddedSide(.client, on: loop)
            client.receive(bytes[..<place])
            client.receive(bytes[place...])
            #expect(client.messages == messages, "split behind byte \(place)")
            #expect(client.closure == nil)
        }
        let client = try EmbeddedSide(.client, on: loop)
        for byte in bytes { client.receive([byte]) }
        #expect(client.messages == messages)
        #expect(client.connection.bytesReceived == messages.map(\.encoded.readableBytes).reduce(0, +))
        #expect(client.connection.bytesOnWire == frames.map(\.payload.count).reduce(0, +))
    }

    @Test func whatAClientSendsIsUnderstoodSplitAtEveryByte() throws {
        let loop = EmbeddedEventLoop()
        let messages = [note(1), note(2, long), note(3), note(2, long)]
        let bytes = try EmbeddedSide(.client, on: loop).send(messages)
        let frames = RawWebSocket.frames(in: bytes[...])
        #expect(frames.map(\.isDeflated) == [false, true, false, true], "only long ones")
        #expect(frames[1].payload.count < 400 && frames[1].payload == frames[3].payload, "each by itself")
        for place in 0...bytes.count {
            let server = try EmbeddedSide.server(on: loop)
            server.receive(bytes[..<place])
            server.receive(bytes[place...])
            #expect(server.messages == messages, "split behind byte \(place)")
            #expect(!server.connection.isHoldingInflater, "a server keeps nothing for a client that is silent")
        }
        let server = try EmbeddedSide.server(on: loop)
        for byte in bytes { server.receive([byte]) }
        #expect(server.messages == messages)
    }

    @Test(arguments: [true, false])
    func aMessageMayBeCutIntoFragmentsAnywhereWithPingsBetween(isServer: Bool) throws {
        let loop = EmbeddedEventLoop()
        let text = Array(note(1, long).encoded.readableBytesView)
        let payload = try deflated(text)
        let ping = FrameBytes.frame(9, Array("hi".utf8), isMasked: isServer)
        func side() throws -> EmbeddedSide { try isServer ? .server(on: loop) : EmbeddedSide(.client, on: loop) }
        for place in 0...payload.count {
            let side = try side()
            side.receive(FrameBytes.fragments(of: payload, at: [place], between: ping, isMasked: isServer))
            #expect(side.messages == [note(1, long)], "cut behind byte \(place)")
            #expect(try side.takeBytes().first == 0x8A, "a pong, which is not compressed")
        }
        let side = try side()
        side.receive(
            FrameBytes.fragments(of: payload, at: Array(0...payload.count), between: ping, isMasked: isServer))
        #expect(side.messages == [note(1, long)], "a byte in each")
        #expect(side.connection.isHoldingInflater == !isServer)
    }

    @Test(arguments: [true, false])
    func aCloseInAMessageIsHeard(isServer: Bool) throws {
        let loop = EmbeddedEventLoop()
        let side = try isServer ? .server(on: loop) : EmbeddedSide(.client, on: loop)
        let payload = try deflated(note(1, long).encoded.readableBytesView)
        let close = FrameBytes.frame(8, [0x0F, 0xA1] + Array("bye".utf8), isMasked: isServer)
        side.receive(FrameBytes.fragments(of: payload, at: [payload.count / 2], between: close, isMasked: isServer))
        #expect(side.closure == Closure(code: CloseCode(rawValue: 4001), reason: "bye"))
        #expect(side.messages.isEmpty)
        #expect(!side.connection.isHoldingInflater, "the end frees it")
    }

    @Test func aPeerThatAgreedMayStillSendUncompressed() throws {
        let loop = EmbeddedEventLoop()
        let client = try EmbeddedSide(.client, on: loop)
        client.receive(try EmbeddedSide.server(on: loop, deflate: nil).send([note(1, long), note(2)]))
        #expect(client.messages == [note(1, long), note(2)])
    }

    @Test func aServerThatAgreedToForgetDoes() throws {
        let loop = EmbeddedEventLoop()
        let parameters = DeflateParameters(serverWindowBits: 9, serverKeepsContext: false)
        let compressors = Compressors()
        let server = try EmbeddedSide.server(on: loop, deflate: parameters, compressors: compressors)
        let client = try EmbeddedSide(.client, on: loop, deflate: parameters)
        let messages = Array(repeating: note(1, long), count: 4)
        let bytes = try server.send(messages)
        client.receive(bytes)
        #expect(client.messages == messages)
        #expect(!client.connection.isHoldingInflater)
        let sizes = RawWebSocket.frames(in: bytes[...]).map(\.payload.count)
        #expect(Set(sizes).count == 1, "no message profits from the one before: \(sizes)")
    }

    // MARK: - Frames that are not allowed

    /// Frames of a client to a server that has agreed on compression.
    static let faults: [(name: String, bytes: [UInt8], code: CloseCode)] = [
        ("a ping", FrameBytes.frame(9, [], reserved: 0x40, isMasked: true), .badFrame),
        ("a pong", FrameBytes.frame(10, [], reserved: 0x40, isMasked: true), .badFrame),
        ("a close", FrameBytes.frame(8, [], reserved: 0x40, isMasked: true), .badFrame),
        (
            "a later fragment",
            FrameBytes.frame(1, [0xF2, 0x48], isLast: false, reserved: 0x40, isMasked: true)
                + FrameBytes.frame(0, [0xCD], reserved: 0x40, isMasked: true), .badFrame
        ),
        ("a continuation of nothing", FrameBytes.frame(0, [0x00], reserved: 0x40, isMasked: true), .badFrame),
        (
            "a message in a message",
            FrameBytes.frame(1, [0xF2], isLast: false, reserved: 0x40, isMasked: true)
                + FrameBytes.frame(1, [0x48], isMasked: true), .badFrame
        ),
        ("RSV2", FrameBytes.frame(1, Array("{}".utf8), reserved: 0x20, isMasked: true), .badFrame),
        ("RSV3", FrameBytes.frame(1, Array("{}".utf8), reserved: 0x10, isMasked: true), .badFrame),
        ("RSV1 and RSV2", FrameBytes.frame(1, [0x00], reserved: 0x60, isMasked: true), .badFrame),
        ("binary", FrameBytes.frame(2, [0x00], reserved: 0x40, isMasked: true), .unsupportedData),
        ("no deflate stream", FrameBytes.frame(1, [0x06], reserved: 0x40, isMasked: true), .invalidData),
        ("half a message", FrameBytes.frame(1, [0xF2, 0x48, 0xCD], reserved: 0x40, isMasked: true), .invalidData),
        (
            "not UTF-8",
            FrameBytes.frame(1, [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00], reserved: 0x40, isMasked: true),
            .invalidData
        ),
    ]

    @Test(arguments: faults.indices)
    func whatIsNotAllowedEndsTheConnection(_ index: Int) throws {
        let fault = Self.faults[index]
        let server = try EmbeddedSide.server(on: EmbeddedEventLoop())
        server.receive(fault.bytes)
        #expect(server.closure?.code == fault.code, "\(fault.name)")
        #expect(try server.takeFrames().last?.closeCode == fault.code, "\(fault.name)")
    }

    @Test func nobodyCompressesWithoutAnAgreement() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide.server(on: loop, deflate: nil)
        let client = try EmbeddedSide(.client, on: loop, deflate: nil)
        #expect(RawWebSocket.frames(in: try server.send([note(1, long)])[...]).map(\.isDeflated) == [false])
        #expect(RawWebSocket.frames(in: try client.send([note(1, long)])[...]).map(\.isDeflated) == [false])
        let payload = try deflated(note(1).encoded.readableBytesView)
        server.receive(FrameBytes.frame(1, payload, reserved: 0x40, isMasked: true))
        client.receive(FrameBytes.frame(1, payload, reserved: 0x40, isMasked: false))
        #expect(server.closure?.code == .badFrame && client.closure?.code == .badFrame)
    }

    @Test func anEmptyMessageIsAnsweredLikeOneThatIsNotCompressed() throws {
        let server = try EmbeddedSide.server(on: EmbeddedEventLoop())
        server.receive(FrameBytes.frame(1, [0x00], reserved: 0x40, isMasked: true))
        #expect(server.closure == nil)
        let frame = try #require(try server.takeFrames().first)
        #expect(try JSON(parsing: frame.text)["error"]?["code"] == -32_700)
    }
}
