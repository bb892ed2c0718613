import Wire

/// A tool call: its title and state, and an excerpt of its result.
struct ToolBlock: Hashable, Sendable {
    /// How many lines of a result are kept.
    static let linesKept = 4

    let id: ToolCallID
    private(set) var title = ""
    private(set) var kind = ToolCall.Kind.other
    private(set) var status = ToolCall.Status.pending
    private let startedAt: Timestamp
    private var endedAt: Timestamp?
    /// The first lines of the result, sanitized.
    private(set) var head: [String] = []
    /// The last line of the result, sanitized.
    private(set) var last = ""
    /// How many lines the whole result has.
    private(set) var lineCount = 0
    /// How many lines an edit added and removed.
    private(set) var added = 0
    private(set) var removed = 0

    /// The last entry about the call.
    private(set) var lastSeq: Seq

    init(_ call: ToolCall, of entry: Entry) {
        id = call.id
        startedAt = entry.timestamp
        lastSeq = entry.seq
        apply(call, seq: entry.seq, at: entry.timestamp)
    }

    /// How long the call took, in milliseconds; `nil` while it runs.
    var tookMilliseconds: Int64? { endedAt.map { $0.subtractingReportingOverflow(startedAt).partialValue } }

    /// How long the call has been running, in seconds.
    func runningSeconds(at wallClock: Timestamp) -> Int64 {
        let (milliseconds, overflows) = wallClock.subtractingReportingOverflow(startedAt)
        return overflows ? 0 : max(0, milliseconds / 1000)
    }

    /// The approximate memory, in bytes, without the fixed part.
    var bytes: Int { title.utf8.count + last.utf8.count + head.reduce(0) { $0 + $1.utf8.count } }

    /// Applies an update of the call.
    mutating func apply(_ change: ToolCall, seq: Seq, at timestamp: Timestamp) {
        lastSeq = max(lastSeq, seq)
        if let text = change.title { title = text.label }
        kind = change.kind ?? kind
        if let newStatus = change.status {
            status = newStatus
            endedAt = newStatus.isFinal ? endedAt ?? timestamp : nil
        }
        if let content = change.content { summarize(content) }
    }

    /// The accumulated state as an update, for when the beginning of the call is loaded again; of the result, the
    /// excerpt.
    var change: Transcript.Change {
        let lines = head.isEmpty ? nil : [ToolCall.textContent(head.joined(separator: "\n"))]
        return Transcript.Change(
            call: ToolCall(id: id, title: title, kind: kind, status: status, content: lines), seq: lastSeq,
            timestamp: endedAt ?? startedAt)
    }

    private mutating func summarize(_ content: [JSON]) {
        (head, last, lineCount, added, removed) = ([], "", 0, 0, 0)
        for item in content {
            switch item["type"]?.string {
            case "content":
                if let text = item["content"]?["text"]?.string { take(text) }
            case "diff":
                let change = LineChange(
                    from: item["oldText"]?.string ?? "", to: item["newText"]?.string ?? "")
                added += change.added.count
                removed += change.removed.count
            default: break
            }
        }
    }

    private mutating func take(_ text: String) {
        let lines = text.utf8.split(separator: 0x0A)
        lineCount += lines.count
        head += lines.prefix(ToolBlock.linesKept - head.count).map { String(Substring($0)).label }
        if let line = lines.last { last = String(Substring(line)).label }
    }
}
