import NIOCore
import NIOEmbedded
import Synchronization
import TestKit
import Testing

@testable import Transport

/// What one attempt is told of a host, in virtual time: what is known at once, the rest when the resolver has answered,
/// and that it has not when its time is over.
@Suite struct CachedResolverTests {
    private static let name = AddressBook.Name(host: "agents.example", port: 80)
    private let loop = NIOAsyncTestingEventLoop()

    /// What a query was answered; `nil` until then.
    private final class Answer: Sendable {
        private let result = Mutex<Result<[String], LookUpError>?>(nil)
        var value: Result<[String], LookUpError>? { result.withLock { $0 } }

        init(_ query: EventLoopFuture<[SocketAddress]>) {
            query.whenComplete { [self] answer in
                result.withLock {
                    $0 = answer.map { $0.compactMap(\.ipAddress) }.mapError { $0 as? LookUpError ?? .failed("\($0)") }
                }
            }
        }
    }

    /// Makes the two queries of an attempt, as NIO does.
    private func queries(_ cache: ResolverCache) async -> (first: Answer, second: Answer) {
        let resolver = CachedResolver(cache, on: loop)
        let (host, port) = (Self.name.host, Self.name.port)
        let first = Answer(resolver.initiateAAAAQuery(host: host, port: port))
        let second = Answer(resolver.initiateAQuery(host: host, port: port))
        await loop.run()
        return (first, second)
    }

    @Test func knownAddressesAreThereAtOnceAndAHangingResolverHasASecond() async throws {
        let gate = Gate()
        let cache = ResolverCache { _, _ in
            gate.pass()
            return []
        }
        cache.note(
            .success(()), host: Self.name.host, port: Self.name.port,
            at: try SocketAddress(ipAddress: "127.0.0.1", port: Self.name.port))
        let (first, second) = await queries(cache)
        #expect(first.value == .success(["127.0.0.1", "127.0.0.1"]), "no time has passed")
        #expect(CachedResolver.timeoutKnown == .seconds(1))
        await loop.advanceTime(by: CachedResolver.timeoutKnown - .nanoseconds(1))
        #expect(second.value == nil, "the resolver may still know another address")
        await loop.advanceTime(by: .nanoseconds(1))
        #expect(second.value == .failure(.timedOut))
        gate.open()
        await loop.shutdownGracefully()
    }

    @Test func whenNothingIsKnownAHangingResolverHasFourSecondsWhichTheAttemptOutlives() async {
        let gate = Gate()
        let (first, second) = await queries(
            ResolverCache { _, _ in
                gate.pass()
                return []
            })
        #expect(CachedResolver.timeout == .seconds(4) && CachedResolver.timeout < Dialer.timeout)
        await loop.advanceTime(by: CachedResolver.timeout - .nanoseconds(1))
        #expect(first.value == nil && second.value == nil)
        await loop.advanceTime(by: .nanoseconds(1))
        #expect(first.value == .failure(.timedOut))
        #expect(second.value == .failure(.timedOut))
        gate.open()
        await loop.shutdownGracefully()
    }

    @Test func anAnswerInTimeIsWhatTheFamiliesGetAndTheTimeOutIsNot() async throws {
        let (first, second) = await queries(
            ResolverCache { _, port in
                try ["127.0.0.1", "::1"].map { try SocketAddress(ipAddress: $0, port: port) }
            })
        #expect(await eventually { second.value != nil }, "it has a thread of its own")
        await loop.advanceTime(by: .seconds(3_600))
        #expect(first.value == .success(["::1"]))
        #expect(second.value == .success(["127.0.0.1"]))
        await loop.shutdownGracefully()
    }
}
