import Ledger
import Wire

/// A page of a conversation (`_belay/history`), read from the journal in steps that are bounded in entries and bytes.
///
/// A page reads at most ``entriesMaximum`` entries, however long the journal is, and says where the next one begins.
struct HistoryPage {
    /// How many entries one page reads at most.
    static let entriesMaximum = 8_192
    /// How many entries one step reads.
    private static let step = 512

    /// The messages, in order.
    private(set) var messages: [HistoryMessage] = []
    /// The `before` or `after` of the next page; `nil` when there is none.
    private(set) var next: Seq?
    private let request: HistoryRequest

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - head: The last entry of the journal.
    ///   - read: Reads a range of the journal.
    init(_ request: HistoryRequest, head: Seq, read: (EntryPage) throws -> [Entry]) throws {
        self.request = request
        let last = min(head, (request.before ?? head + 1) - 1)
        if let after = request.after {
            try readForwards(after: after, through: last, read)
        } else {
            try readBackwards(through: last, read)
        }
    }

    /// From the newest message back, until the page is full.
    private mutating func readBackwards(through last: Seq, _ read: (EntryPage) throws -> [Entry]) throws {
        var entries: [Entry] = []
        var through = last
        var looked = 0
        while through > 0, looked < HistoryPage.entriesMaximum, !isFull {
            let page = try read(EntryPage(after: 0, through: through, limit: HistoryPage.step, end: .last))
            guard let first = page.first else { break }
            looked += page.count
            through = first.from - 1
            entries = page.filter(\.isMessage) + entries
            messages = HistoryMessage.messages(in: entries)
        }
        let isWhole = through <= 0
        // The oldest message may begin before the last entry that was read: leave it whole for the next page.
        if !isWhole, messages.count > 1 { messages.removeFirst() }
        let fitting = HistoryPage.fitting(messages.reversed(), limit: request.limit).reversed()
        if !isWhole || fitting.count < messages.count { next = fitting.first?.from ?? through + 1 }
        messages = HistoryPage.cut(Array(fitting))
    }

    /// From the oldest message on, until the page is full.
    private mutating func readForwards(
        after: Seq, through last: Seq, _ read: (EntryPage) throws -> [Entry]
    ) throws {
        var entries: [Entry] = []
        var position = after
        var looked = 0
        while position < last, looked < HistoryPage.entriesMaximum, !isFull {
            let page = try read(EntryPage(after: position, through: last, limit: HistoryPage.step))
            guard let end = page.last else { break }
            looked += page.count
            position = end.seq
            entries += page.filter(\.isMessage)
            messages = HistoryMessage.messages(in: entries)
        }
        let isWhole = position >= last
        if !isWhole, messages.count > 1 { messages.removeLast() }
        let fitting = HistoryPage.fitting(messages, limit: request.limit)
        if !isWhole || fitting.count < messages.count { next = fitting.last?.seq ?? position }
        messages = HistoryPage.cut(fitting)
    }

    /// Whether one message more than the page takes was found, which proves that those of the page are whole.
    private var isFull: Bool {
        messages.count > Int(request.limit)
            || messages.count > 1 && messages.reduce(0) { $0 + $1.bytes } > HistoryRequest.bytesMaximum
    }

    /// The first messages that fit the page, at least one.
    private static func fitting(_ messages: [HistoryMessage], limit: Int64) -> [HistoryMessage] {
        var bytes = 0
        let count = messages.prefix(Int(limit)).prefix { message in
            bytes += message.bytes
            return bytes <= HistoryRequest.bytesMaximum
        }.count
        return Array(messages.prefix(max(1, count)))
    }

    /// Truncates a single message that is longer than a page; `_belay/fill` has all of it.
    private static func cut(_ messages: [HistoryMessage]) -> [HistoryMessage] {
        messages.map { $0.bytes > HistoryRequest.bytesMaximum ? $0.cut(to: HistoryRequest.bytesMaximum) : $0 }
    }

    /// The result of the request.
    var json: JSON {
        .object(of: [
            "messages": .array(messages.map(\.json)), "more": .bool(next != nil), "limit": .integer(request.limit),
            "next": next.map { .integer($0) },
        ])
    }
}

extension Entry {
    /// Whether the entry is a chunk of a message of the user or the agent.
    fileprivate var isMessage: Bool {
        switch body {
        case .update(.userMessage), .update(.agentMessage): true
        case .update, .event: false
        }
    }
}
