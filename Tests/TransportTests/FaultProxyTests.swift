import FaultProxy
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Testing

/// The proxy between real sockets.
@Suite(.timeLimit(.minutes(1))) struct FaultProxyTests {
    private func withProxy(
        _ behaviour: Peer.Behaviour, plan: FaultPlan = FaultPlan(), _ body: (FaultProxy, Origin) async throws -> Void
    ) async throws {
        let origin = try await Origin.start(behaviour)
        let proxy = try await FaultProxy.start(upstream: .tcp(host: "127.0.0.1", port: origin.port), plan: plan)
        try await body(proxy, origin)
        try await proxy.stop()
        try await origin.stop()
    }

    @Test func bytesPassBothWaysUnchanged() async throws {
        try await withProxy(.echo) { proxy, _ in
            let client = try await Peer.connect(to: proxy.port)
            var generator = TestSeed.current.generator(lane: 20)
            let sent = (0..<(1 << 20)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            try await client.send(sent)
            #expect(await eventually { client.received.count == sent.count })
            #expect(client.received == sent)
            #expect(await proxy.connections == 1)
            #expect(await proxy.openConnections == 1)
            await client.close()
            #expect(await eventually { await proxy.openConnections == 0 })
        }
    }

    @Test func aHalfClosedConnectionStillBringsTheAnswer() async throws {
        try await withProxy(.echo) { proxy, _ in
            let client = try await Peer.connect(to: proxy.port)
            try await client.send(Array("all of it".utf8))
            try await client.closeOutput()
            #expect(await eventually { client.end == .closed })
            #expect(client.received == Array("all of it".utf8))
        }
    }

    @Test func aUnixSocketCanBeTheUpstream() async throws {
        let directory = try TemporaryDirectory()
        let origin = try await Origin.start(.echo, path: directory.path("s"))
        let proxy = try await FaultProxy.start(upstream: .unix(path: directory.path("s")))
        let client = try await Peer.connect(to: proxy.port)
        try await client.send([1, 2, 3])
        #expect(await eventually { client.received == [1, 2, 3] })
        await proxy.reset()
        #expect(await eventually { client.end == .reset })
        try await proxy.stop()
        try await origin.stop()
    }

    @Test func theCutIsAtExactlyThatByte() async throws {
        let speech = Array("HTTP/1.1 101 Switching Protocols".utf8)
        try await withProxy(.say(speech)) { proxy, _ in
            for count in 0..<speech.count {
                await proxy.cut(afterBytesToClient: count)
                let client = try await Peer.connect(to: proxy.port)
                // What the client says meanwhile must not turn the end into a reset.
                try? await client.send([0, 1, 2])
                #expect(await eventually { client.end == .closed }, "\(count) bytes")
                #expect(client.received == Array(speech.prefix(count)))
            }
            await proxy.heal()
            let client = try await Peer.connect(to: proxy.port)
            #expect(await eventually { client.received == speech })
            #expect(client.end == nil)
        }
    }

    @Test func cutEndsBothSidesAndResetResetsThem() async throws {
        try await withProxy(.echo) { proxy, origin in
            let first = try await connected(to: proxy)
            await proxy.cut()
            #expect(await eventually { first.end == .closed })
            #expect(await eventually { origin.peers.allSatisfy { $0.end != nil } })
            let second = try await connected(to: proxy)
            await proxy.reset()
            #expect(await eventually { second.end == .reset })
            #expect(await eventually { origin.peers.last?.end == .reset })
            #expect(await proxy.connections == 2)
            #expect(await eventually { await proxy.openConnections == 0 })
        }
    }

    @Test func aBlackholeIsSilentOneWayAndLosesNothingWhenHealed() async throws {
        try await withProxy(.echo) { proxy, origin in
            let client = try await connected(to: proxy)
            await proxy.blackhole(.toClient)
            try await client.send([2])
            #expect(await eventually { origin.peers.first?.received == [1, 2] }, "the other way is open")
            #expect(client.received == [1])

            await proxy.blackhole(.both)
            try await client.send([3])
            await origin.peers.first?.close()
            #expect(client.end == nil, "an end does not get through either")
            await proxy.heal()
            #expect(await eventually { client.end != nil })
            #expect(client.received == [1, 2])
        }
    }

    @Test func theOtherWayRoundTheServerHearsNothing() async throws {
        try await withProxy(.echo) { proxy, origin in
            let client = try await connected(to: proxy)
            await proxy.blackhole(.toServer)
            try await client.send([2])
            try await origin.peers.first?.send([9])
            #expect(await eventually { client.received == [1, 9] })
            #expect(origin.peers.first?.received == [1])
            await proxy.heal()
            #expect(await eventually { client.received == [1, 9, 2] })
        }
    }

    @Test func aSlowReaderIsFeltByTheSenderAndGetsEverything() async throws {
        let speech = [UInt8](repeating: 7, count: 32 << 20)
        try await withProxy(.say(speech)) { proxy, origin in
            let client = try await Peer.connect(to: proxy.port, reads: false)
            #expect(await eventually { origin.peers.first.map { !$0.isWritable } ?? false })
            client.startReading()
            #expect(await eventually(within: .seconds(30)) { client.count == speech.count })
            #expect(client.received == speech)
        }
    }

    @Test func delayAndThrottleTakeTheirTime() async throws {
        try await withProxy(.echo, plan: FaultPlan { $0.latency = .milliseconds(30) }) { proxy, _ in
            let clock = ContinuousClock()
            let client = try await Peer.connect(to: proxy.port)
            let delayed = try await clock.measure {
                try await client.send([1])
                #expect(await eventually { client.received == [1] })
            }
            #expect(delayed >= .milliseconds(60), "there and back")
            await proxy.heal()
            await proxy.throttle(bytesPerSecond: 10_000)
            let throttled = try await clock.measure {
                try await client.send([UInt8](repeating: 2, count: 1_000))
                #expect(await eventually { client.count == 1_001 })
            }
            #expect(throttled >= .milliseconds(80))
        }
    }

    @Test func newConnectionsAreRefusedOrLedToALoginPage() async throws {
        try await withProxy(.echo) { proxy, origin in
            let open = try await connected(to: proxy)
            await proxy.refuse()
            let refused = try await Peer.connect(to: proxy.port)
            #expect(await eventually { refused.end != nil })

            await proxy.captivePortal()
            let led = try await Peer.connect(to: proxy.port)
            try await led.send(Array("GET /acp HTTP/1.1\r\n\r\n".utf8))
            #expect(await eventually { led.end == .closed })
            let page = String(decoding: led.received, as: UTF8.self)
            #expect(page.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"))
            #expect(page.hasSuffix("</html>"))

            #expect(origin.peers.count == 1)
            #expect(await proxy.connections == 3)
            try await open.send([5])
            #expect(await eventually { open.received == [1, 5] }, "an open connection is left alone")
        }
    }

    @Test func theUpstreamIsDialledFromTheAddressThatWasAskedFor() async throws {
        try await withProxy(.echo) { proxy, origin in
            _ = try await connected(to: proxy)
            await proxy.bind(to: "127.0.0.2")
            _ = try await connected(to: proxy)
            await proxy.heal()
            _ = try await connected(to: proxy)
            #expect(origin.peers.map(\.remoteAddress) == ["127.0.0.1", "127.0.0.2", "127.0.0.2"])
        }
    }

    @Test func aDeadUpstreamEndsTheConnection() async throws {
        let port = try #require(RefusingPort())
        let proxy = try await FaultProxy.start(upstream: .tcp(host: "127.0.0.1", port: port.number))
        let client = try await Peer.connect(to: proxy.port)
        #expect(await eventually { client.end != nil })
        try await proxy.stop()
    }

    /// A client that has sent one byte and got it back.
    private func connected(to proxy: FaultProxy) async throws -> Peer {
        let client = try await Peer.connect(to: proxy.port)
        try await client.send([1])
        #expect(await eventually { client.received == [1] })
        return client
    }
}
