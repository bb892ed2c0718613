import NIOCore
import NIOPosix
import Synchronization

/// Answers NIO's happy eyeballs (RFC 8305: 250 ms between attempts) for one connection: what is known at once, what the
/// resolver says when it says it.
///
/// NIO asks for IPv6 and for IPv4 addresses and begins with the first answer. Here the first answer is what is known,
/// of both families, and the second one what the resolver adds. So a known address is tried at once, whatever the
/// resolver does, and in the same attempt a new one after it.
final class CachedResolver: Resolver, Sendable {
    /// How long the resolver may take when nothing is known: less than the whole attempt, so that it can be said.
    static let patience = TimeAmount.seconds(4)
    /// How long an attempt that failed at every known address waits for others.
    static let patienceKnown = TimeAmount.seconds(1)

    private struct State {
        var isDone = false
        var timeout: Scheduled<Void>?
    }

    private let cache: ResolverCache
    private let loop: any EventLoop
    private let first: EventLoopPromise<[SocketAddress]>
    private let second: EventLoopPromise<[SocketAddress]>
    private let state = Mutex(State())

    /// A resolver for one attempt. NIO asks both questions of it, always.
    init(_ cache: ResolverCache, on loop: any EventLoop) {
        self.cache = cache
        self.loop = loop
        first = loop.makePromise()
        second = loop.makePromise()
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        let name = AddressBook.Name(host: host, port: port)
        let known = cache.candidates(name)
        if let literal = try? SocketAddress(ipAddress: host, port: port) {
            first.succeed(known.isEmpty ? [literal] : known)
            finish(.success([]), known: [literal])
            return first.futureResult
        }
        if !known.isEmpty { first.succeed(known) }
        let patience = known.isEmpty ? CachedResolver.patience : CachedResolver.patienceKnown
        let timeout = loop.scheduleTask(in: patience) { self.finish(.failure(LookUpError.timedOut), known: known) }
        state.withLock { $0.timeout = timeout }
        cache.ask(name) { result in
            self.loop.execute { self.finish(result.mapError { $0 }, known: known) }
        }
        return first.futureResult
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { second.futureResult }

    /// The connection is there, or is given up. A look-up goes on for the next one.
    func cancelQueries() {
        // Whether there was an answer to the first question only matters to whoever still waits for it.
        finish(.success([]), known: [])
    }

    /// Answers what is still to be answered, once.
    private func finish(_ result: Result<[SocketAddress], any Error>, known: [SocketAddress]) {
        let (isDone, timeout) = state.withLock { state in
            defer { state = State(isDone: true, timeout: nil) }
            return (state.isDone, state.timeout)
        }
        guard !isDone else { return }
        timeout?.cancel()
        switch result {
        case .success(let addresses):
            let new = addresses.filter { !known.contains($0) }
            // A promise that is fulfilled already keeps its first value.
            first.succeed(new.filter(\.isV6))
            second.succeed(known.isEmpty ? new.filter { !$0.isV6 } : new)
        case .failure(let error):
            first.fail(error)
            second.fail(error)
        }
    }
}
