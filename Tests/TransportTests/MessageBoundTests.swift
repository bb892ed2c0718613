import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Transport

/// How many messages a server takes at once: one read can have thousands of very short ones.
@Suite struct MessageBoundTests {
    private static let bound = Connection.messagesMaximum

    private func note(_ number: Int) -> Message { .notification(method: "\(number)", params: [:]) }

    private func frame(_ text: some Sequence<UInt8>, isMasked: Bool = true) -> [UInt8] {
        FrameBytes.frame(1, Array(text), isMasked: isMasked)
    }

    private func frames(_ messages: [Message], isMasked: Bool = true) -> [UInt8] {
        messages.flatMap { frame($0.encoded.readableBytesView, isMasked: isMasked) }
    }

    @Test func anOwnerThatPausesGetsOneTurn() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide.server(on: loop, deflate: nil)
        server.onDelivery = { server.connection.setReading(false) }
        let messages = (0..<3 * Self.bound).map(note)
        server.receive(frames(messages))
        loop.run()
        #expect(server.messages == Array(messages.prefix(Self.bound)))
        // What is read behind them waits as well, and is not overtaken.
        server.receive(frames([note(-1)]))
        loop.run()
        #expect(server.messages.count == Self.bound)
        for turn in 2...3 {
            server.connection.setReading(true)
            loop.run()
            #expect(server.messages.count == turn * Self.bound)
        }
        server.connection.setReading(true)
        loop.run()
        #expect(server.messages == messages + [note(-1)])
    }

    @Test func anOwnerThatDoesNotPauseGetsThemInTurns() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide.server(on: loop, deflate: nil)
        let messages = (0..<3 * Self.bound + 1).map(note)
        server.receive(frames(messages))
        #expect(server.batches.map(\.count) == [Self.bound], "other connections have their turn")
        loop.run()
        #expect(server.batches.map(\.count) == [Self.bound, Self.bound, Self.bound, 1])
        #expect(server.messages == messages)
        server.receive(frames([note(-1)]))
        #expect(server.messages.count == messages.count + 1, "afterwards nothing is held")
    }

    /// The answers are up to its owner: here they would pile up for a client that does not read.
    @Test func whatIsNoMessageCountsAndIsAnsweredByTheOwnerAlone() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide.server(on: loop, deflate: nil)
        server.onDelivery = { server.connection.setReading(false) }
        server.receive((0..<1_000).flatMap { _ in frame("{".utf8) })
        loop.run()
        #expect(server.errors.count == Self.bound)
        #expect(try server.takeFrames().count == Self.bound)
        #expect(server.errors.allSatisfy { $0.code == .parseError })
        #expect(server.closure == nil)
    }

    @Test func whatIsNoMessageStandsInItsPlace() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide.server(on: loop, deflate: nil)
        var before: [Int] = []
        server.onDelivery = { before.append(server.messages.count) }
        server.receive(frames([note(1), note(2)]) + frame("[]".utf8) + frames([note(3)]) + frame("".utf8))
        #expect(server.messages == [note(1), note(2), note(3)])
        #expect(server.errors.map(\.code) == [.invalidRequest, .parseError])
        #expect(before == [2, 2, 3, 3], "two messages, an error, a message, an error")
    }

    @Test func aClientTakesAWholeReplayAtOnce() throws {
        let loop = EmbeddedEventLoop()
        let client = try EmbeddedSide(.client, on: loop, deflate: nil)
        let messages = (0..<10 * Self.bound).map(note)
        client.receive(frames(messages, isMasked: false))
        #expect(client.batches == [messages])
    }

    /// A peer that goes on sending is alive, and one that reads nothing is not sent anything either.
    @Test func noPingsPileUpForAPeerThatDoesNotRead() throws {
        let loop = EmbeddedEventLoop()
        let server = try EmbeddedSide(.server(pingInterval: .seconds(1)), on: loop, deflate: nil)
        server.channel.isWritable = false
        for number in 0..<10 {
            server.receive(frames([note(number)]))
            loop.advanceTime(by: .seconds(1))
        }
        #expect(try server.takeFrames().isEmpty)
        #expect(server.closure == nil)
        server.channel.isWritable = true
        server.receive(frames([note(10)]))
        loop.advanceTime(by: .seconds(1))
        #expect(try server.takeFrames().map(\.opcode) == [9])
        // One that is silent is given up, whether it reads or not.
        server.channel.isWritable = false
        loop.advanceTime(by: .seconds(3))
        #expect(server.closure?.code == .heartbeatMissed)
    }
}
