import NIOCore
import Transport
import Wire

/// A client of the examination: it has a name and a copy in memory, and connects as often as a case wants.
///
/// It shares nothing with the product's client but the wire, so that a mistake of that one is not made twice. It lives
/// on its loop: what one read brings is handled to its end before anything else.
actor Device {
    /// The loop that everything happens on.
    nonisolated let loop: any EventLoop
    /// The loop as the actor's executor.
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    let account: Account
    let client: ClientID
    var generator = SystemRandomNumberGenerator()

    /// What is held of the session.
    var copy = Copy()
    /// The session.
    var session: SessionID?
    /// What the last connection was told of the session.
    var attached: AttachResult?
    /// That the session has expired, as the last connection was told.
    var expiry: Expiry?
    /// What the server said of itself.
    var server: InitializeResult?
    /// Attempts that the server refused for who or where the client is.
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
        /// Done with the answer before anything behind it is looked at.
        var apply: ((isolated Device, JSON) throws -> Void)?
    }

    private struct Waiter {
        var number: Int64
        var condition: @Sendable (Copy) -> Bool
        var promise: EventLoopPromise<Void>
    }

    /// A client that holds nothing.
    init(_ account: Account, on loop: any EventLoop) {
        self.loop = loop
        self.account = account
        client = ClientID("verify-\(UInt64.random(in: .min ... .max))")
    }

    /// Forgets what is held, and is another client of the same session.
    func begin(_ session: SessionID?) {
        self.session = session
        copy = Copy()
    }

    // MARK: Requests

    /// Asks something.
    ///
    /// - Throws: `RPCError` when the server refuses, ``Trouble`` when nothing comes.
    @discardableResult
    func request(
        _ method: String, _ params: JSON, within limit: Duration = Patience.answer,
        apply: (@Sendable (isolated Device, JSON) throws -> Void)? = nil
    ) async throws -> JSON {
        let promise = try post(method, params, apply: apply)
        return try await Patience.wait(for: promise, limit, "the answer to \(method)")
    }

    /// Asks something, and does not wait.
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

    /// Waits until the copy is as it should be.
    func until(
        _ what: String, within limit: Duration = Patience.answer, _ condition: @escaping @Sendable (Copy) -> Bool
    ) async throws {
        if condition(copy) { return }
        let promise = loop.makePromise(of: Void.self)
        waiters.append(Waiter(number: number(), condition: condition, promise: promise))
        try await Patience.wait(for: promise, limit, what)
    }

    // MARK: What comes

    /// Drops the connection at the very entry with which the copy comes to be so.
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
        case .alive, .writabilityChanged: break
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
        // The server may ask whether somebody is there.
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

    /// Ends the connection without a word, as a network does.
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
