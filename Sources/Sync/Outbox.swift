import Wire

/// The prompts that are on disk and not yet in the mirror, in order, their state on the present connection, and how many
/// may go out, how long and when.
struct Outbox: Hashable, Sendable {
    private(set) var items: [OutboxItem]
    /// When prompts go out again after a temporary refusal; `nil` when nothing holds them up.
    private(set) var retryAt: Instant?
    /// The longest message that the server accepts, in bytes, as it last said; `nil` when it did not.
    var messageBytesMaximum: Int64?

    init(_ items: [OutboxItem]) { self.items = items }

    /// Whether a prompt was sent on this connection and its echo has not arrived.
    var isUnconfirmed: Bool { items.contains { $0.state == .sent } }

    /// Whether a prompt that was sent, on whichever connection, is neither echoed nor refused.
    var awaitsTurn: Bool {
        items.contains { item in
            switch item.state {
            case .pending, .sent: item.wasSent
            case .refused: false
            }
        }
    }

    /// Whether a prompt is still to be confirmed: neither echoed nor refused.
    var isWaiting: Bool { items.contains { if case .refused = $0.state { false } else { true } } }

    mutating func add(_ item: OutboxItem) { items.append(item) }

    mutating func remove(_ id: ClientMessageID) { items.removeAll { $0.id == id } }

    /// The most prompts in flight; the others follow as these are echoed. A server queues as many, and what is in
    /// flight takes memory here until the network has taken it.
    static let underwayMaximum = 16

    /// The prompts to send now on a live connection: those that were not sent on it yet. One that is longer than the
    /// server accepts is refused instead, and was not sent.
    ///
    /// - Returns: The prompts with their messages; `nil` when the outbox is unchanged.
    mutating func take(
        for session: SessionID, as requests: inout PendingRequests
    ) -> [(id: ClientMessageID, message: Message)]? {
        guard retryAt == nil else { return nil }
        var taken: [(id: ClientMessageID, message: Message)] = []
        var hasChanged = false
        var room = Outbox.underwayMaximum - items.count { $0.state == .sent }
        for index in items.indices where items[index].state == .pending && room > 0 {
            hasChanged = true
            let item = items[index]
            let prompt = ClientRequest.Prompt(
                session: session, content: item.content, clientMessageID: item.id, trace: item.trace)
            let message = Message.request(requests.nextID, method: Method.prompt, params: prompt.json)
            if let maximum = messageBytesMaximum, message.json.byteCount > maximum {
                items[index].state = .refused(tooLong)
                continue
            }
            room -= 1
            items[index].state = .sent
            items[index].wasSent = true
            _ = requests.add(.prompt(item.id))
            taken.append((item.id, message))
        }
        return hasChanged ? taken : nil
    }

    /// Why a prompt that is too long for the server is not sent again.
    private var tooLong: String {
        let bound = messageBytesMaximum.map { "messages of at most \($0) bytes" } ?? "no message as long as this one"
        return "the server takes \(bound): put the text into a file of the folder and ask about that"
    }

    /// Advances the clock: what was refused temporarily goes out again when its time has come.
    mutating func advance(to now: Instant) {
        if let due = retryAt, now >= due { retryAt = nil }
    }

    /// The connection ended: prompts without an echo are pending again, under the same idempotency keys.
    mutating func connectionLost() {
        for index in items.indices where items[index].state == .sent { items[index].state = .pending }
    }

    /// The server refused a prompt. After a temporary refusal it goes out again, and no other goes out before; otherwise
    /// it stays with the reason until the user takes it back. `turn_failed` is no refusal: the prompt is in the journal,
    /// and its echo removes it from the outbox.
    ///
    /// - Returns: Whether it is temporary.
    mutating func failed(_ id: ClientMessageID, _ error: RPCError, at now: Instant) -> Bool {
        let delay = Outbox.delay(after: error)
        if error.reason != "turn_failed", let index = items.firstIndex(where: { $0.id == id }) {
            items[index].state = delay == nil ? .refused(error.message) : .pending
        }
        if let delay { retryAt = now + delay }
        return delay != nil
    }

    /// Marks prompts as refused: they are not sent again, and the user decides.
    mutating func refuse(_ ids: [ClientMessageID], _ reason: String) {
        for index in items.indices where ids.contains(items[index].id) { items[index].state = .refused(reason) }
    }

    /// The server closed the connection because a message was too long. It does not say which one, so the longest of
    /// the prompts in flight is refused.
    ///
    /// - Returns: Whether there was one.
    mutating func refuseLongest() -> Bool {
        let longest = items.indices.filter { items[$0].state == .sent }.max { items[$0].bytes < items[$1].bytes }
        guard let longest else { return false }
        items[longest].state = .refused(tooLong)
        return true
    }

    /// The delay after a temporary refusal; `nil` when it is final. A reason that the layer gives without a delay is a
    /// limit of the session or the user, such as `quota`, which waiting does not change.
    private static func delay(after error: RPCError) -> Duration? {
        guard case .notNow(let delay) = error.verdict else { return nil }
        if let reason = error.reason, delay == nil, !RPCError.passingReasons.contains(reason) { return nil }
        return delay ?? SyncEngine.notNowDelay
    }
}
