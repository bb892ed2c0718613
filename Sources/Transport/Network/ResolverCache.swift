public import NIOCore
import Platform

/// A client's cache of server addresses, and the look-ups in progress. A client keeps one for its lifetime and passes
/// it to every ``Dialer/Request``.
public final class ResolverCache: Sendable {
    /// Looks up the addresses of a host. It may block; every error counts as temporary.
    public typealias LookUp = @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

    /// The most look-ups at a time. A resolver that hangs holds a thread until it gives up; at the bound, an attempt
    /// waits for the answers to earlier look-ups.
    static let lookUpsMaximum = 4

    private struct State {
        var book = AddressBook()
        /// The number of running look-ups per name.
        var running: [AddressBook.Name: Int] = [:]
        var waiting: [AddressBook.Name: [@Sendable (Result<[SocketAddress], LookUpError>) -> Void]] = [:]
    }

    private let lookUp: LookUp
    private let state = Locked(State())

    /// Creates an empty cache.
    ///
    /// - Parameter lookUp: The look-up; by default the system's resolver, in tests another one.
    public init(lookUp: @escaping LookUp = SystemResolver.addresses) { self.lookUp = lookUp }

    /// The addresses to try without a look-up, best first.
    func candidates(_ name: AddressBook.Name) -> [SocketAddress] { state.withLock { $0.book.candidates(name) } }

    /// Records the result of an attempt at an address. A refusal counts as a success: it is the server that answered.
    func note(_ result: Result<Void, any Error>, host: String, port: Int, at address: SocketAddress?) {
        guard let address else { return }
        let name = AddressBook.Name(host: host, port: port)
        state.withLock { state in
            switch result {
            case .success, .failure(DialError.refused): state.book.worked(name, at: address)
            case .failure: state.book.failed(name, at: address)
            }
        }
    }

    /// Looks up the addresses of a server, on a thread of its own.
    ///
    /// Each call starts a new look-up: an older one may still wait for the resolver of the previous network.
    ///
    /// - Parameter done: Called with the first answer, or with the failure when no look-up for the name is left.
    func ask(_ name: AddressBook.Name, done: @escaping @Sendable (Result<[SocketAddress], LookUpError>) -> Void) {
        let begins = state.withLock { state in
            state.waiting[name, default: []].append(done)
            guard state.running.values.reduce(0, +) < ResolverCache.lookUpsMaximum else {
                // All running look-ups may be for other names, and then none would answer this one.
                return state.running[name] == nil ? nil : false
            }
            state.running[name, default: 0] += 1
            return true
        }
        guard let begins else { return answer(name, .failure(.busy)) }
        guard begins else { return }
        let hasThread = DetachedThread.run { [self] in
            let result: Result<[SocketAddress], LookUpError>
            do {
                let addresses = try lookUp(name.host, name.port)
                result = addresses.isEmpty ? .failure(.failed("it has no address")) : .success(addresses)
            } catch {
                result = .failure(error as? LookUpError ?? .failed("\(error)"))
            }
            ended(name, result)
        }
        if !hasThread { ended(name, .failure(.busy)) }
    }

    private func ended(_ name: AddressBook.Name, _ result: Result<[SocketAddress], LookUpError>) {
        let isLast = state.withLock { state in
            let count = (state.running[name] ?? 1) - 1
            state.running[name] = count == 0 ? nil : count
            if case .success(let addresses) = result { state.book.resolved(name, addresses) }
            return count == 0
        }
        // A failure is final only when no other look-up for the name is running.
        if case .failure = result, !isLast { return }
        answer(name, result)
    }

    private func answer(_ name: AddressBook.Name, _ result: Result<[SocketAddress], LookUpError>) {
        for done in state.withLock({ $0.waiting.removeValue(forKey: name) }) ?? [] { done(result) }
    }
}

/// Why the addresses of a host are unknown. All reasons are temporary: "no such name" is also what a resolver without a
/// network answers.
public enum LookUpError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The resolver failed, with its message.
    case failed(String)
    /// The resolver did not answer within the time-out.
    case timedOut
    /// Too many look-ups are pending already.
    case busy

    /// The reason in one sentence, for the user.
    public var description: String {
        switch self {
        case .failed(let reason): "the host name cannot be resolved (\(reason))"
        case .timedOut: "the host name cannot be resolved: the resolver timed out"
        case .busy: "the host name cannot be resolved now: too many look-ups are pending"
        }
    }
}
