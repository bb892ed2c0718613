public import NIOCore
import Synchronization

/// The addresses of servers as a client remembers them, and the look-ups that are under way. A client keeps one for as
/// long as it runs and gives it to every ``Dialer/Request``.
public final class ResolverCache: Sendable {
    /// Finds the addresses of a host, at a port; it may block, and what it throws passes.
    public typealias LookUp = @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

    /// The most look-ups that run at once. A resolver that hangs holds a thread until it gives up; at the bound, an
    /// attempt waits for the answers that are still to come.
    static let lookUpsMaximum = 4

    private struct State {
        var book = AddressBook()
        /// How many look-ups run, for each name.
        var running: [AddressBook.Name: Int] = [:]
        var waiting: [AddressBook.Name: [@Sendable (Result<[SocketAddress], LookUpError>) -> Void]] = [:]
    }

    private let lookUp: LookUp
    private let state = Mutex(State())

    /// A cache that knows nothing.
    ///
    /// - Parameter lookUp: Finds addresses; the system's resolver unless a test has its own.
    public init(lookUp: @escaping LookUp = SystemResolver.addresses) { self.lookUp = lookUp }

    /// Where to try without asking anybody, best first.
    func candidates(_ name: AddressBook.Name) -> [SocketAddress] { state.withLock { $0.book.candidates(name) } }

    /// Remembers how an attempt ended for which somebody answered at the address. A refusal is the server's own.
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

    /// Asks for the addresses of a server, on a thread of its own.
    ///
    /// Each call asks anew: an older question may still be waiting for a resolver of the last network.
    ///
    /// - Parameter done: Told the first answer that comes, or of the failure when none can come any more.
    func ask(_ name: AddressBook.Name, done: @escaping @Sendable (Result<[SocketAddress], LookUpError>) -> Void) {
        let begins = state.withLock { state in
            state.waiting[name, default: []].append(done)
            guard state.running.values.reduce(0, +) < ResolverCache.lookUpsMaximum else {
                // Another name's questions may be all that runs; then nobody would answer this one.
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
        // A failure is everybody's only when no other answer can come.
        if case .failure = result, !isLast { return }
        answer(name, result)
    }

    private func answer(_ name: AddressBook.Name, _ result: Result<[SocketAddress], LookUpError>) {
        for done in state.withLock({ $0.waiting.removeValue(forKey: name) }) ?? [] { done(result) }
    }
}

/// Why the addresses of a host are not known. None of the reasons lasts: a resolver that does not know a name now is
/// often one that has no network.
public enum LookUpError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The resolver says why.
    case failed(String)
    /// The resolver does not answer.
    case timedOut
    /// Too many questions wait for the resolver already.
    case busy

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .failed(let reason): "the name of the host cannot be resolved (\(reason))"
        case .timedOut: "the name of the host cannot be resolved in time"
        case .busy: "the name of the host cannot be resolved now: too many questions wait for an answer"
        }
    }
}
