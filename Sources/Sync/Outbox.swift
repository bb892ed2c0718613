import Wire

/// The prompts that are on disk and not yet in the mirror, in order, with what the present connection knows of each.
struct Outbox: Hashable, Sendable {
    private(set) var items: [OutboxItem]
    private var requests: [RequestID: ClientMessageID] = [:]

    init(_ items: [OutboxItem]) { self.items = items }

    /// Whether a prompt was sent on this connection and has not been echoed.
    var isUnconfirmed: Bool { items.contains { $0.state == .sent } }

    mutating func add(_ item: OutboxItem) { items.append(item) }

    mutating func remove(_ id: ClientMessageID) { items.removeAll { $0.id == id } }

    /// The most prompts that are on their way at once; the others follow as these are echoed. A server queues as many,
    /// and what is on its way takes memory here until the network has taken it.
    static let underwayMaximum = 16

    /// Prompts to send on a connection that is current, which have not gone out on it yet.
    mutating func take(nextRequest: () -> RequestID) -> [(RequestID, OutboxItem)] {
        var taken: [(RequestID, OutboxItem)] = []
        var room = Outbox.underwayMaximum - items.count { $0.state == .sent }
        for index in items.indices where items[index].state == .pending && room > 0 {
            room -= 1
            items[index].state = .sent
            items[index].wasSent = true
            let request = nextRequest()
            requests[request] = items[index].id
            taken.append((request, items[index]))
        }
        return taken
    }

    /// The connection is gone: what it had not confirmed goes out again, under the same keys.
    mutating func connectionLost() {
        requests = [:]
        for index in items.indices where items[index].state == .sent { items[index].state = .pending }
    }

    /// The server refused a prompt. One that it could not store just now goes out again after a while; any other stays
    /// with the reason until the user takes it back. A prompt whose turn has failed was not refused: its entries say
    /// so, and its echo has taken it out of the outbox, or will.
    ///
    /// - Returns: Whether the request was a prompt's.
    mutating func failed(_ request: RequestID, _ error: RPCError) -> Bool {
        guard let id = requests.removeValue(forKey: request) else { return false }
        if error.reason != "turn_failed", let index = items.firstIndex(where: { $0.id == id }) {
            items[index].state = Outbox.isPassing(error) ? .pending : .refused(error.message)
        }
        return true
    }

    /// A prompt's turn ended; its echo has taken it out of the outbox, or will.
    mutating func answered(_ request: RequestID) -> Bool { requests.removeValue(forKey: request) != nil }

    /// These will not go out; the user decides.
    mutating func refuse(_ ids: [ClientMessageID], _ reason: String) {
        for index in items.indices where ids.contains(items[index].id) { items[index].state = .refused(reason) }
    }

    /// The server closed the connection because a message was too long for it. Which one it does not say; of the prompts
    /// that were on their way it is the longest.
    ///
    /// - Returns: Whether there was one.
    mutating func refuseLongest(_ reason: String) -> Bool {
        let longest = items.indices.filter { items[$0].state == .sent }.max { items[$0].bytes < items[$1].bytes }
        guard let longest else { return false }
        items[longest].state = .refused(reason)
        return true
    }

    /// Whether the server only cannot take a prompt just now.
    static func isPassing(_ error: RPCError) -> Bool {
        error.retryAfter != nil || ["disk_full", "storage_failed", "queue_full"].contains(error.reason)
    }
}
