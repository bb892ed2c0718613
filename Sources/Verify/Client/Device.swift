import NIOCore
import Transport
import Wire

/// A client of the examination, with an identity and a copy in memory, that reconnects as often as a case needs.
///
/// It shares only Wire and Transport with `belay`, so that a mistake of the engine is not repeated here. It runs on its
/// event loop: all messages of one read are handled before anything else.
actor Device {
    /// The event loop that is the actor's executor.
    nonisolated let loop: any EventLoop
    /// The loop as the actor's executor.
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    let account: Account
    let client: ClientID
    var generator = SystemRandomNumberGenerator()

    /// The copy of the session.
    var copy = Copy()
    /// The session that the client resumes; `nil` for none yet.
    var session: SessionID?
    /// The result of the last attach.
    var attached: AttachResult?
    /// The expiry that the last resume reported; `nil` when the session exists.
    var expiry: Expiry?
    /// The server's name, version and limits, from `initialize`.
    var server: InitializeResult?
    /// How many attempts the server refused because of the token or the address.
    var blocks = 0

    var connection: Connection?
    var generation = 0
    private var lastNumber: Int64 = 0
    var pending: [RequestID: Pending] = [:]
    private var waiters: [Waiter] = []
    private var dropsWhen: (@Sendable (Copy) -> Bool)?

    /// A request that waits for its answer.
    struct Pending {
        var promise: EventLoopPromise<JSON>
        /// Called with the result before any later message is handled.
        var apply: ((isolated Device, JSON) throws -> Void)?
    }

    private struct Waiter {
        var number: Int64
        var condition: @Sendable (Copy) -> Bool
        var promise: EventLoopPromise<Void>
    }

    /// Creates a client with an empty copy.
    init(_ account: Account, on loop: any EventLoop) {
        self.loop = loop
        self.account = account
        client = ClientID("verify-\(UInt64.random(in: .min ... .max))")
    }

    /// Drops the copy, and acts as a new client of this session.
    func begin(_ session: SessionID?) {
        self.session = session
        copy = Copy()
    }

    // MARK: Requests

    /// Sends a request and waits for the answer.
    ///
    /// - Throws: `RPCError` when the server refuses, ``Trouble`` after the time-out.
    @discardableResult
    func request(
        _ method: String, _ params: JSON, within limit: Duration = Timeout.answer,
        apply: (@Sendable (isolated Device, JSON) throws -> Void)? = nil
    ) async throws -> JSON {
        let promise = try post(method, params, apply: apply)
        return try await Timeout.wait(for: promise, limit, "the answer to \(method)")
    }

    /// Sends a request without waiting.
    @discardableResult
    func post(
        _ method: String, _ params: JSON, apply: ((isolated Device, JSON) throws -> Void)? = nil
    ) throws -> EventLoopPromise<JSON> {
        guard let connection else { throw Trouble("there is no connection for \(method)") }
        let id = RequestID.number(number())
        let promise = loop.makePromise(of: JSON.self)
        pending[id] = Pending(promise: promise, apply: apply)
        connection.write(Message.request(id, method: method, params: params).encoded)
        connection.flush()
        return promise
    }

    func number() -> Int64 {
        lastNumber += 1
        return lastNumber
    }

    /// Waits until the copy fulfils a condition.
    func until(
        _ what: String, within limit: Duration = Timeout.answer, _ condition: @escaping @Sendable (Copy) -> Bool
    ) async throws {
        if condition(copy) { return }
        let promise = loop.makePromise(of: Void.self)
        waiters.append(Waiter(number: number(), condition: condition, promise: promise))
        try await Timeout.wait(for: promise, limit, what)
    }

    // MARK: What comes

    /// Drops the connection at exactly the entry with which the copy fulfils the condition.
    func drop(when condition: @escaping @Sendable (Copy) -> Bool) { dropsWhen = condition }

    func happened(_ event: Connection.Event, _ generation: Int) {
        guard generation == self.generation else { return }
        switch event {
        case .received(let messages):
            for message in messages where generation == self.generation { received(message) }
            settle()
        case .closed(let closure):
            let code = closure.code.map { " (\($0.rawValue))" } ?? ""
            ended(Trouble("the connection ended\(code): \(closure.reason)"))
        case .alive, .writabilityChanged, .undecodable: break
        }
    }

    private func received(_ message: Message) {
        switch message {
        case .response(let id, let result): answered(id, .success(result))
        case .failure(let id, let error): answered(id, .failure(error))
        case .notification(Method.caughtUp, let params):
            guard let fence = try? CaughtUp(json: params), fence.session == session else { return }
            copy.take(fence.position)
        case .notification(let method, let params):
            guard let notice = try? EntryNotice(method: method, params: params), notice.session == session else {
                return
            }
            copy.take(notice.entry)
            if let dropsWhen, dropsWhen(copy) {
                self.dropsWhen = nil
                settle()
                drop()
            }
        // The server may ping.
        case .request(let id, let method, let params):
            let answer: Message =
                method == Method.ping
                ? .response(id, result: ["t": params["t"] ?? .null])
                : .failure(id, RPCError(.methodNotFound, "there is no method '\(method)'"))
            connection?.write(answer.encoded)
            connection?.flush()
        }
    }

    private func answered(_ id: RequestID, _ result: Result<JSON, any Error>) {
        guard let pending = pending.removeValue(forKey: id) else { return }
        do {
            let result = try result.get()
            try pending.apply?(self, result)
            pending.promise.succeed(result)
        } catch {
            pending.promise.fail(error)
        }
    }

    private func settle() {
        let (met, waiting) = (waiters.filter { $0.condition(copy) }, waiters.filter { !$0.condition(copy) })
        waiters = waiting
        for waiter in met { waiter.promise.succeed() }
    }

    /// Closes the connection without a closing handshake, as a network failure does.
    func drop() {
        let connection = connection
        ended(Trouble("the connection was dropped"))
        connection?.abort()
    }

    private func ended(_ trouble: Trouble) {
        generation += 1
        connection = nil
        dropsWhen = nil
        let (requests, waiting) = (pending, waiters)
        (pending, waiters) = ([:], [])
        for request in requests.values { request.promise.fail(trouble) }
        for waiter in waiting { waiter.promise.fail(trouble) }
    }
}
