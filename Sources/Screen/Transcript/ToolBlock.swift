import Wire

/// A tool call: its title and state, and what it has produced.
struct ToolBlock: Hashable, Sendable {
    let id: ToolCallID
    private(set) var title = ""
    private(set) var kind = ToolCall.Kind.other
    private(set) var status = ToolCall.Status.pending
    private let startedAt: Timestamp
    private var endedAt: Timestamp?
    /// What it has produced so far.
    private(set) var detail = ToolDetail()

    /// The last entry about the call.
    private(set) var lastSeq: Seq

    init(_ call: ToolCall, of entry: Entry) {
        id = call.id
        startedAt = entry.timestamp
        lastSeq = entry.seq
        apply(Transcript.Change(call: call, seq: entry.seq, timestamp: entry.timestamp))
    }

    /// How long the call took, in milliseconds; `nil` while it runs.
    var tookMilliseconds: Int64? { endedAt.map { $0.subtractingReportingOverflow(startedAt).partialValue } }

    /// How long the call has been running, in seconds.
    func runningSeconds(at wallClock: Timestamp) -> Int64 {
        let (milliseconds, overflows) = wallClock.subtractingReportingOverflow(startedAt)
        return overflows ? 0 : max(0, milliseconds / 1000)
    }

    /// The approximate memory, in bytes, without the fixed part.
    var bytes: Int { title.utf8.count + detail.bytes }

    /// Applies an update of the call.
    mutating func apply(_ change: Transcript.Change) {
        let call = change.call
        lastSeq = max(lastSeq, change.seq)
        if let text = call.title { title = text.label }
        kind = call.kind ?? kind
        if let newStatus = call.status {
            status = newStatus
            endedAt = newStatus.isFinal ? endedAt ?? change.timestamp : nil
        }
        if let detail = call.content.map({ ToolDetail($0) }) ?? change.detail { self.detail = detail }
    }

    /// The accumulated state as an update, for when the beginning of the call is loaded again.
    var change: Transcript.Change {
        Transcript.Change(
            call: ToolCall(id: id, title: title, kind: kind, status: status), seq: lastSeq,
            timestamp: endedAt ?? startedAt, detail: detail)
    }
}
