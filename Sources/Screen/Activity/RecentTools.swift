import Wire

/// The newest tool calls, whatever part of the transcript is held.
struct RecentTools: Hashable, Sendable {
    /// One call, as a line of the panel.
    struct Call: Hashable, Sendable {
        var id: ToolCallID
        var title = ""
        var status = ToolCall.Status.pending
        var startedAt: Timestamp
        var endedAt: Timestamp?
    }

    /// How many are kept.
    static let maximum = 8

    /// The calls, oldest first.
    private(set) var calls: [Call] = []

    /// How many of them run.
    var runningCount: Int { calls.count { !$0.status.isFinal } }

    mutating func apply(_ change: ToolCall, begins: Bool, at timestamp: Timestamp) {
        guard let index = calls.lastIndex(where: { $0.id == change.id }) ?? (begins ? add(change.id, timestamp) : nil)
        else { return }
        if let title = change.title { calls[index].title = title.label }
        if let status = change.status, status != calls[index].status {
            calls[index].status = status
            calls[index].endedAt = status.isFinal ? timestamp : nil
        }
    }

    /// A turn that ended has no call that runs, whatever its agent forgot to say.
    mutating func endTurn() { calls.removeAll { !$0.status.isFinal } }

    private mutating func add(_ id: ToolCallID, _ timestamp: Timestamp) -> Int {
        calls = calls.suffix(RecentTools.maximum - 1) + [Call(id: id, startedAt: timestamp)]
        return calls.count - 1
    }
}
