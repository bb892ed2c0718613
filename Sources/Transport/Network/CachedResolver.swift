import NIOCore
import NIOPosix
import Platform

/// A resolver for NIO's Happy Eyeballs (RFC 8305: 250 ms between attempts), for one connection: known addresses at
/// once, the system resolver's when it answers.
///
/// NIO asks for AAAA and A records and starts with the first answer. Here the first answer holds the known addresses of
/// both families, and the second one what the resolver adds. So a known address is tried at once whatever the resolver
/// does, and a new one in the same attempt.
final class CachedResolver: Resolver, Sendable {
    /// Time-out for the resolver when no address is known: shorter than that of the attempt, so that it can be
    /// reported.
    static let timeout = TimeAmount.seconds(4)
    /// Time-out for the resolver when all known addresses have failed.
    static let timeoutKnown = TimeAmount.seconds(1)

    private struct State {
        var isDone = false
        var timeout: Scheduled<Void>?
    }

    private let cache: ResolverCache
    private let loop: any EventLoop
    private let first: EventLoopPromise<[SocketAddress]>
    private let second: EventLoopPromise<[SocketAddress]>
    private let state = Locked(State())

    /// Creates a resolver for one attempt. NIO always makes both queries.
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
        let limit = known.isEmpty ? CachedResolver.timeout : CachedResolver.timeoutKnown
        let timeout = loop.scheduleTask(in: limit) { self.finish(.failure(LookUpError.timedOut), known: known) }
        state.withLock { $0.timeout = timeout }
        cache.ask(name) { result in
            self.loop.execute { self.finish(result.mapError { $0 }, known: known) }
        }
        return first.futureResult
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { second.futureResult }

    /// The connection succeeded or was given up. A look-up in progress continues, for the next attempt.
    func cancelQueries() {
        // The first query matters only to a caller that still waits for it.
        finish(.success([]), known: [])
    }

    /// Completes the open queries, once.
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
            // A promise that is completed already keeps its value.
            first.succeed(new.filter(\.isV6))
            second.succeed(known.isEmpty ? new.filter { !$0.isV6 } : new)
        case .failure(let error):
            first.fail(error)
            second.fail(error)
        }
    }
}
