import TestKit
import Testing
import Transport
import Wire

/// The 101 and the frames behind it, however the network cuts them: all of them arrive, in order.
@Suite struct GluedUpgradeTests {
    private static let greeting: [Message] = (1...3).map {
        .notification(method: "n\($0)", params: ["text": .string(String(repeating: "é", count: $0))])
    }

    /// How many bytes a server says when it is connected to, and that the first read of a client has all of them.
    private func measure(_ listener: TestListener) async throws -> Int {
        let splitter = try await Splitter.start(upstream: listener.port, first: 0, total: 1, on: listener.loop)
        let heard = try await dial(splitter.port, listener)
        #expect(await eventually { heard.messages == Self.greeting })
        let bytes = splitter.bytesPassed
        try await splitter.stop()
        return bytes
    }

    private func dial(_ port: Int, _ listener: TestListener) async throws -> Heard {
        let endpoint = Endpoint(address: .host("127.0.0.1", port: port))
        return try await Heard.dial(Dialer.Request(endpoint: endpoint, userAgent: "test"), on: listener.loop)
    }

    @Test func splitAtEveryByteEverythingArrivesInOrder() async throws {
        try await withListener(greeting: Self.greeting) { listener in
            let total = try await measure(listener)
            #expect(total > 200)
            for first in 0...total {
                let splitter = try await Splitter.start(
                    upstream: listener.port, first: first, total: total, on: listener.loop)
                let heard = try await dial(splitter.port, listener)
                let isWhole = await eventually { heard.messages.count == Self.greeting.count }
                #expect(isWhole && heard.messages == Self.greeting, "split behind byte \(first) of \(total)")
                #expect(heard.closure == nil)
                heard.close(.normal, "")
                try await splitter.stop()
            }
        }
    }

    /// A server that does not honour `Belay-Initialize` waits for the client's first frame, which is written as soon as
    /// the connection is open.
    @Test(arguments: [0, 1, 3]) func whatIsWrittenAtOnceLeavesWhateverIsGluedToTheUpgrade(frames: Int) async throws {
        let greeting = Array(Self.greeting.prefix(frames))
        let hello = Message.request(.number(0), method: Method.initialize, params: ["n": 1])
        try await withListener(greeting: greeting) { listener in
            let plain = try await Splitter.start(upstream: listener.port, first: 0, total: 1, on: listener.loop)
            _ = try await dial(plain.port, listener)
            let total = plain.bytesPassed
            try await plain.stop()
            for first in Set([0, 1, total / 2, total - 1, total]).sorted() {
                let splitter = try await Splitter.start(
                    upstream: listener.port, first: first, total: total, on: listener.loop)
                let endpoint = Endpoint(address: .host("127.0.0.1", port: splitter.port))
                let heard = try await Heard.dial(
                    Dialer.Request(endpoint: endpoint, userAgent: "test"), on: listener.loop
                ) { connection in
                    connection.write(hello.encoded)
                    connection.flush()
                }
                #expect(!heard.isGreeted)
                let answer = Message.response(.number(0), result: ["n": 1])
                #expect(
                    await eventually { heard.messages == greeting + [answer] },
                    "\(frames) frames, split behind byte \(first) of \(total): \(heard.messages)")
                heard.close(.normal, "")
                try await splitter.stop()
            }
        }
    }

    @Test func theServerSaysTheUpgradeAndWhatBelongsToItInOnePiece() async throws {
        try await withListener(greeting: Self.greeting) { listener in
            let first = try await measure(listener)
            // A second server side that had written in two pieces would be passed on in two.
            let splitter = try await Splitter.start(upstream: listener.port, first: 0, total: 1, on: listener.loop)
            _ = try await dial(splitter.port, listener)
            #expect(splitter.bytesPassed == first)
            try await splitter.stop()
        }
    }
}
