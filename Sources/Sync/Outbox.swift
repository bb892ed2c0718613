import Wire

/// The prompts that are on disk and not yet in the mirror, in order, and their state on the present connection.
struct Outbox: Hashable, Sendable {
    private(set) var items: [OutboxItem]

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

    mutating func add(_ item: OutboxItem) { items.append(item) }

    mutating func remove(_ id: ClientMessageID) { items.removeAll { $0.id == id } }

    /// The most prompts in flight; the others follow as these are echoed. A server queues as many, and what is in
    /// flight takes memory here until the network has taken it.
    static let underwayMaximum = 16

    /// The prompts to send now on a live connection: those that were not sent on it yet.
    mutating func take(_ requests: inout PendingRequests) -> [(RequestID, OutboxItem)] {
        var taken: [(RequestID, OutboxItem)] = []
        var room = Outbox.underwayMaximum - items.count { $0.state == .sent }
        for index in items.indices where items[index].state == .pending && room > 0 {
            room -= 1
            items[index].state = .sent
            items[index].wasSent = true
            taken.append((requests.add(.prompt(items[index].id)), items[index]))
        }
        return taken
    }

    /// The connection ended: prompts without an echo are pending again, under the same idempotency keys.
    mutating func connectionLost() {
        for index in items.indices where items[index].state == .sent { items[index].state = .pending }
    }

    /// The server refused a prompt. A passing refusal (`isPassing`) is retried; any other stays with its reason until
    /// the user takes the prompt back. `turn_failed` is no refusal: the prompt is in the journal, and its echo removes
    /// it from the outbox.
    mutating func failed(_ id: ClientMessageID, _ error: RPCError) {
        if error.reason != "turn_failed", let index = items.firstIndex(where: { $0.id == id }) {
            items[index].state = Outbox.isPassing(error) ? .pending : .refused(error.message)
        }
    }

    /// Marks prompts as refused: they are not sent again, and the user decides.
    mutating func refuse(_ ids: [ClientMessageID], _ reason: String) {
        for index in items.indices where ids.contains(items[index].id) { items[index].state = .refused(reason) }
    }

    /// The server closed the connection because a message was too long. It does not say which one, so the longest of
    /// the prompts in flight is refused.
    ///
    /// - Returns: Whether there was one.
    mutating func refuseLongest(_ reason: String) -> Bool {
        let longest = items.indices.filter { items[$0].state == .sent }.max { items[$0].bytes < items[$1].bytes }
        guard let longest else { return false }
        items[longest].state = .refused(reason)
        return true
    }

    /// Whether the refusal is temporary. A reason that the layer gives without a delay is a limit of the session or the
    /// user, such as `quota`, which waiting does not change.
    static func isPassing(_ error: RPCError) -> Bool {
        guard case .notNow(let delay) = error.verdict else { return false }
        return delay != nil || error.reason.map { RPCError.passingReasons.contains($0) } ?? true
    }
}
