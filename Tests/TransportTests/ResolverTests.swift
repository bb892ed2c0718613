import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Testing

@testable import Transport

/// Connecting by name, with a resolver that is down, wrong, slow or changed, and with addresses that do not answer.
///
/// `224.0.0.1` is an address that TCP has no route to on any machine: it fails at once, as a family does that the
/// network has not.
@Suite struct ResolverTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// A resolver that says what the test wrote: one answer after the other, the last one from then on.
    private final class Script: Sendable {
        enum Line: Sendable {
            case addresses([String])
            case failure
            /// No answer until the test lets it go.
            case silence
        }

        private struct State {
            var lines: [Line]
            var asked = 0
        }

        private let state: Mutex<State>
        private let silence = Gate()

        init(_ lines: Line...) { state = Mutex(State(lines: lines)) }

        var asked: Int { state.withLock { $0.asked } }

        /// Lets whoever waits go.
        func end() { silence.open() }

        func lookUp(_ host: String, _ port: Int) throws -> [SocketAddress] {
            let line = state.withLock { state in
                state.asked += 1
                return state.lines.count > 1 ? state.lines.removeFirst() : state.lines[0]
            }
            switch line {
            case .addresses(let texts): return try texts.map { try SocketAddress(ipAddress: $0, port: port) }
            case .failure: throw LookUpError.failed("Temporary failure in name resolution")
            case .silence:
                // It holds a thread of its own, as the system's resolver would.
                silence.pass()
                throw LookUpError.failed("gave up")
            }
        }

        var cache: ResolverCache { ResolverCache { [self] in try lookUp($0, $1) } }
    }

    private func dial(_ port: Int, _ cache: ResolverCache) async throws -> Heard {
        let endpoint = Endpoint(address: .host("agents.example", port: port))
        return try await Heard.dial(Dialer.Request(endpoint: endpoint, userAgent: "test", addresses: cache), on: loop)
    }

    /// The delay between two addresses of a race: what NIO waits by default (RFC 8305 §8).
    private static let raceDelay = Duration.milliseconds(250)

    /// Dials, and says how long it took.
    private func timed(_ port: Int, _ cache: ResolverCache) async throws -> Duration {
        try await ContinuousClock().measure { _ = try await dial(port, cache) }
    }

    private func message(_ port: Int, _ cache: ResolverCache) async -> String? {
        do { _ = try await dial(port, cache) } catch DialError.unreachable(let message) { return message } catch {}
        return nil
    }

    /// A port of IPv6 loopback that takes no connection and refuses none: its queue is full.
    private final class DeafPort: Sendable {
        private let listener: Int32
        private let occupants: [Int32]

        init?(_ port: Int) {
            listener = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
            guard let address = try? SocketAddress(ipAddress: "::1", port: port) else { return nil }
            var on: Int32 = 1
            setsockopt(listener, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, 4)
            let descriptor = listener
            let isListening = address.withSockAddr { name, length in
                bind(descriptor, name, socklen_t(length)) == 0 && listen(descriptor, 0) == 0
            }
            occupants = (0..<4).map { _ in
                let one = socket(AF_INET6, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                _ = address.withSockAddr { name, length in connect(one, name, socklen_t(length)) }
                return one
            }
            guard isListening else { return nil }
        }

        deinit { for descriptor in occupants + [listener] { close(descriptor) } }
    }

    @Test func whenIPv6IsRefusedIPv4IsThereWithinTheRace() async throws {
        try await withListener { listener in
            let took = try await timed(listener.port, Script(.addresses(["127.0.0.1", "::1"])).cache)
            print("figure: IPv6 refused, connected over IPv4 after \(took)")
        }
    }

    @Test func whenIPv6IsSilentIPv4IsThereAfterAQuarterOfASecond() async throws {
        try await withListener { listener in
            guard let deaf = DeafPort(listener.port) else {
                print("skipped: this machine has no IPv6 loopback")
                return
            }
            let cache = Script(.addresses(["::1", "127.0.0.1"])).cache
            let took = try await timed(listener.port, cache)
            // No upper bound: had IPv4 waited for the end of IPv6, the dial would have failed at its time-out.
            #expect(took >= Self.raceDelay, "IPv6 has its quarter of a second")
            print("figure: IPv6 silent, connected over IPv4 after \(took)")
            let known = cache.candidates(AddressBook.Name(host: "agents.example", port: listener.port))
            #expect(known.first?.ipAddress == "127.0.0.1", "the address that worked comes first from then on")
            withExtendedLifetime(deaf) {}
        }
    }

    @Test func withoutARouteTheNextFamilyIsTriedAtOnce() async throws {
        try await withListener { listener in
            let took = try await fastest(below: Self.raceDelay) {
                _ = try await dial(listener.port, Script(.addresses(["224.0.0.1", "127.0.0.1"])).cache)
            }
            #expect(took < Self.raceDelay, "whoever waits for the race takes as long as that each time")
            print("figure: no route, connected at the next address after \(took)")
        }
    }

    @Test func aResolverThatHangsHoldsNoKnownAddressUp() async throws {
        try await withListener { listener in
            let script = Script(.addresses(["127.0.0.1"]), .silence)
            let cache = script.cache
            // It hangs until the end of the test, so none of these waits for it; that they do not wait for its time-out
            // either is in `CachedResolverTests`.
            for _ in 0..<9 { _ = try await dial(listener.port, cache) }
            let bound = 1 + ResolverCache.lookUpsMaximum
            #expect(await eventually { script.asked >= bound }, "each is asked on a thread of its own")
            #expect(script.asked == bound, "hanging questions are bounded")
            script.end()
        }
    }

    @Test func aResolverThatIsDownHoldsNoKnownAddressUpAndIsToldOtherwise() async throws {
        try await withListener { listener in
            let script = Script(.failure, .addresses(["127.0.0.1"]), .failure)
            let cache = script.cache
            let message = await message(listener.port, cache)
            #expect(message?.contains("cannot be resolved") ?? false, "it passes: \(message ?? "-")")
            _ = try await dial(listener.port, cache)
            _ = try await dial(listener.port, cache)
        }
    }

    @Test func aFailedAttemptIsToldWhenTheResolverIsSilentToo() async throws {
        try await withListener { listener in
            let script = Script(.addresses(["224.0.0.1"]), .silence)
            let cache = script.cache
            #expect(await message(listener.port, cache)?.contains("unreachable") ?? false)
            // The resolver's time-out comes before that of the attempt, which would have another reason.
            let second = await message(listener.port, cache)
            #expect(second?.contains("unreachable") ?? false, "what the network says comes first: \(second ?? "-")")
            script.end()
        }
    }

    @Test func aSlowResolverAnswersAllWhoWait() async throws {
        try await withListener { listener in
            let script = Script(.silence, .addresses(["127.0.0.1"]))
            let cache = script.cache
            let name = AddressBook.Name(host: "agents.example", port: listener.port)
            let (answers, waiting) = AsyncStream<Bool>.makeStream()
            cache.ask(name) { waiting.yield((try? $0.get()) != nil) }
            #expect(await eventually { script.asked == 1 })
            _ = try await dial(listener.port, cache)
            for await isAnswered in answers {
                #expect(isAnswered, "by the answer to a later question")
                break
            }
            script.end()
        }
    }

    @Test func aWrongAddressIsAskedForAgain() async throws {
        try await withListener { listener in
            let script = Script(.addresses(["224.0.0.1"]), .addresses(["127.0.0.1"]))
            let cache = script.cache
            #expect(await message(listener.port, cache)?.contains("unreachable") ?? false)
            _ = try await dial(listener.port, cache)
        }
    }

    /// Another server lives at the old address, or none: the new address is found in the same attempt.
    @Test func aServerThatMovedIsFoundInOneAttempt() async throws {
        try await withListener { listener in
            let script = Script(.addresses(["127.0.0.1"]), .addresses(["127.0.0.1", "224.0.0.1"]))
            let cache = script.cache
            let name = AddressBook.Name(host: "agents.example", port: listener.port)
            cache.note(
                .success(()), host: name.host, port: name.port,
                at: try SocketAddress(ipAddress: "224.0.0.1", port: listener.port))
            _ = try await dial(listener.port, cache)
            #expect(cache.candidates(name).first?.ipAddress == "127.0.0.1")
        }
    }

    @Test func whoeverElseAnswersIsTriedLastNextTime() async throws {
        let page = try await RawServer.start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
        let cache = Script(.addresses(["127.0.0.1", "127.0.0.2"])).cache
        await #expect(throws: DialError.self) { try await dial(page.port, cache) }
        let name = AddressBook.Name(host: "agents.example", port: page.port)
        #expect(cache.candidates(name).compactMap(\.ipAddress) == ["127.0.0.2", "127.0.0.1"])
        try await page.stop()
    }

    @Test func anAddressNeedsNoResolver() async throws {
        try await withListener { listener in
            let script = Script(.failure)
            let cache = script.cache
            for _ in 0..<2 {
                _ = try await Heard.dial(
                    Dialer.Request(endpoint: listener.endpoint, userAgent: "test", addresses: cache), on: loop)
            }
            #expect(script.asked == 0)
        }
    }

    @Test func theSystemKnowsItsOwnName() throws {
        let addresses = try SystemResolver.addresses(host: "localhost", port: 80)
        #expect(addresses.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        #expect(addresses.allSatisfy { $0.port == 80 })
        #expect(throws: LookUpError.self) { try SystemResolver.addresses(host: "no such name", port: 80) }
    }

    @Test func bothEndsOfAConnectionAreKnownAndStayKnown() async throws {
        try await withListener { listener in
            let ends = Mutex<(local: String?, remote: String?, port: Int?)>((nil, nil, nil))
            let closed = Mutex<Connection?>(nil)
            try await Dialer.dial(Dialer.Request(endpoint: listener.endpoint, userAgent: "test"), on: loop) {
                connection, _ in
                closed.withLock { $0 = connection }
                connection.abort()
                loop.execute {
                    ends.withLock {
                        $0.local = connection.localAddress?.ipAddress
                        $0.remote = connection.remoteAddress?.ipAddress
                        $0.port = connection.remoteAddress?.port
                    }
                }
            }.get()
            #expect(await eventually { ends.withLock { $0.port } == listener.port })
            #expect(ends.withLock { $0.local } == "127.0.0.1")
            #expect(ends.withLock { $0.remote } == "127.0.0.1")
        }
    }

    /// Read from the socket itself: of all that this process has open, the one with the connection's two ends.
    @Test func unacknowledgedDataEndsAConnectionAndSegmentsLeaveAtOnce() async throws {
        try await withListener { listener in
            let port = Mutex<Int?>(nil)
            let heard = try await Heard.dial(
                Dialer.Request(endpoint: listener.endpoint, userAgent: "test"), on: loop,
                opened: { connection in port.withLock { $0 = connection.localAddress?.port } })
            let local = try #require(port.withLock { $0 })
            let found = (0..<4_096).map { Int32($0) }.filter { Self.ends(of: $0) == [local, listener.port] }
            #expect(found.count == 1)
            #expect(found.map { Self.option(18, of: $0) } == [4_000])
            #expect(found.map { Self.option(1, of: $0) } == [1])
            withExtendedLifetime(heard) {}
        }
    }

    /// The ports of a socket's ends.
    private static func ends(of descriptor: Int32) -> [Int] {
        [getsockname, getpeername].compactMap { name in
            withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { bytes in
                var length = socklen_t(bytes.count)
                guard let start = bytes.baseAddress,
                    name(descriptor, start.bindMemory(to: sockaddr.self, capacity: 1), &length) == 0,
                    bytes.load(as: sa_family_t.self) == AF_INET
                else { return nil }
                return Int(UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self)))
            }
        }
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32 {
        var (value, length) = (Int32(-1), socklen_t(4))
        getsockopt(descriptor, Int32(IPPROTO_TCP), name, &value, &length)
        return value
    }
}
