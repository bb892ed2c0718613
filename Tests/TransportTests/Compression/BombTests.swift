import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Transport

/// Short frames that are long messages: bounded one by one, and together.
@Suite struct BombTests {
    /// A message of so many bytes, inflated.
    private func message(_ number: Int, bytes: Int) -> Message {
        let bare = Message.notification(method: "\(number)", params: ["t": ""]).encoded.readableBytes
        return .notification(
            method: "\(number)", params: ["t": .string(String(repeating: " ", count: max(0, bytes - bare)))])
    }

    private func frame(_ message: Message, isMasked: Bool = true) throws -> [UInt8] {
        FrameBytes.frame(
            1, try deflated(message.encoded.readableBytesView), reserved: FrameBytes.deflated, isMasked: isMasked)
    }

    @Test(arguments: [true, false])
    func aMessageIsBoundedByWhatItIsInflated(isServer: Bool) throws {
        let loop = EmbeddedEventLoop()
        for (bytes, code) in [(4_096, nil), (4_097, .tooBig), (4_098, .tooBig), (1 << 20, .tooBig)]
            as [(Int, CloseCode?)]
        {
            let side =
                try isServer
                ? EmbeddedSide.server(on: loop, bytesMaximum: 4_096)
                : EmbeddedSide(.client, on: loop, bytesMaximum: 4_096)
            side.receive(try frame(message(1, bytes: bytes), isMasked: isServer))
            #expect(side.closure?.code == code, "\(bytes)")
            #expect(side.messages.count == (code == nil ? 1 : 0))
            #expect(side.connection.bytesReceived <= 4_096)
            #expect(try side.takeFrames().last?.closeCode == code)
        }
    }

    @Test func fragmentsAreBoundedTogether() throws {
        let payload = try deflated(message(1, bytes: 200_000).encoded.readableBytesView)
        let server = try EmbeddedSide.server(on: EmbeddedEventLoop(), bytesMaximum: 4_096)
        let places = Array(stride(from: 10, to: payload.count, by: 5))
        let fragments = FrameBytes.fragments(of: payload, at: places, isMasked: true)
        // The message never ends: the bound does not wait for its end.
        server.receive(fragments.dropLast(20))
        #expect(server.closure?.code == .tooBig)
        #expect(server.connection.bytesReceived <= 4_096)
        #expect(server.messages.isEmpty)
    }

    @Test func theBoundIsEachMessagesOwn() throws {
        let server = try EmbeddedSide.server(on: EmbeddedEventLoop(), bytesMaximum: 4_096)
        for number in 0..<10 {
            let payload = try deflated(message(number, bytes: 4_096).encoded.readableBytesView)
            server.receive(FrameBytes.fragments(of: payload, at: [payload.count / 2], isMasked: true))
        }
        #expect(server.messages.count == 10)
        #expect(server.closure == nil)
    }

    // MARK: - Many of them in one read

    private static let longBytes = 200_000

    /// Ten messages that are far more inflated than one read could bring.
    private func read(_ messages: [Message], isMasked: Bool = true) throws -> [UInt8] {
        let bytes = try messages.flatMap { try frame($0, isMasked: isMasked) }
        #expect(bytes.count < 16 << 10)
        return bytes
    }

    @Test func anOwnerThatPausesGetsNoMoreThanOneBatch() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide.server(on: loop)
        server.onDelivery = { server.connection.setReading(false) }
        let messages = (0..<10).map { message($0, bytes: Self.longBytes) }
        server.receive(try read(messages))
        loop.run()
        #expect(server.messages.count == 2, "what makes 256 KiB is delivered, and the rest waits as it was read")
        #expect(server.connection.bytesReceived == 2 * Self.longBytes)
        // What comes behind it waits as well, and is not overtaken.
        let small = message(10, bytes: 50)
        server.receive(FrameBytes.frame(1, Array(small.encoded.readableBytesView), isMasked: true))
        loop.run()
        #expect(server.messages.count == 2)
        for _ in 0..<10 {
            server.connection.setReading(true)
            loop.run()
            #expect(server.batches.allSatisfy { $0.count <= 3 })
        }
        #expect(server.messages == messages + [small])
    }

    @Test func anOwnerThatDoesNotPauseGetsThemAllInSeveralTurns() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide.server(on: loop)
        let messages = (0..<10).map { message($0, bytes: Self.longBytes) }
        server.receive(try read(messages))
        #expect(server.batches.count == 1, "other connections have their turn")
        loop.run()
        #expect(server.messages == messages)
        #expect(server.batches.map(\.count) == [2, 2, 2, 2, 2])
        server.receive(try read(Array(messages.prefix(1))))
        #expect(server.messages.count == 11, "afterwards nothing is held")
    }

    @Test func aClientHearsTheCloseBehindWhatItHoldsThoughTheSocketIsGone() throws {
        let loop = EmbeddedEventLoop()
        let client = try EmbeddedSide(.client, on: loop)
        let messages = (0..<10).map { message($0, bytes: Self.longBytes) }
        let close = FrameBytes.frame(8, [0x11, 0x39] + Array("elsewhere".utf8), isMasked: false)
        client.receive(try read(messages, isMasked: false) + close)
        client.drop()
        #expect(client.closure == nil)
        loop.run()
        #expect(client.messages == messages)
        #expect(client.closure == Closure(code: .superseded, reason: "elsewhere"))
    }

    @Test func aClientThatIsLostWithoutACloseHearsItBehindWhatItHolds() throws {
        let loop = EmbeddedEventLoop()
        let client = try EmbeddedSide(.client, on: loop)
        client.onDelivery = { client.connection.setReading(false) }
        let messages = (0..<6).map { message($0, bytes: Self.longBytes) }
        client.receive(try read(messages, isMasked: false))
        client.drop()
        loop.run()
        #expect(client.messages.count == 2 && client.closure == nil)
        for _ in 0..<2 {
            client.connection.setReading(true)
            loop.run()
        }
        #expect(client.messages == messages)
        #expect(client.closure?.code == nil && client.closure != nil)
    }

    @Test func aServerDropsWhatAClientThatIsGoneHasSent() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide.server(on: loop)
        server.receive(try read((0..<10).map { message($0, bytes: Self.longBytes) }))
        server.drop()
        loop.run()
        #expect(server.messages.count == 2)
        #expect(server.closure?.code == nil && server.closure != nil)
    }
}
