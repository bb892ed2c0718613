import Ledger
import Wire

/// A page of a conversation (`_belay/history`), read from the journal in steps that are bounded in entries and bytes.
///
/// A page looks at no more than ``entriesMaximum`` entries, however long the journal is, and says where the next one
/// begins. Of what it looks at only the chunks of messages are read.
struct HistoryPage {
    /// How many entries one page looks at.
    static let entriesMaximum: Seq = 8_192
    /// How many entries one step looks at.
    private static let step: Seq = 512

    /// The messages, in order.
    private(set) var messages: [HistoryMessage] = []
    /// The `before` or `after` of the next page; `nil` when there is none.
    private(set) var next: Seq?
    private let request: HistoryRequest

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - head: The last entry of the journal.
    ///   - read: Reads the chunks of messages in a range of the journal.
    init(_ request: HistoryRequest, head: Seq, read: (EntryPage) throws -> [Entry]) throws {
        self.request = request
        let last = min(head, (request.before ?? head + 1) - 1)
        if let after = request.after {
            try readForwards(after: after, through: last, read)
        } else {
            try readBackwards(through: last, read)
        }
    }

    /// A step: its bound on bytes may cut off entries at the end that is not kept.
    private static func page(after: Seq, through: Seq, end: EntryPage.End) -> EntryPage {
        EntryPage(after: after, through: through, limit: Int(step), kinds: .messages, end: end)
    }

    /// From the newest message back, until the page is full.
    private mutating func readBackwards(through last: Seq, _ read: (EntryPage) throws -> [Entry]) throws {
        var entries: [Entry] = []
        var through = last
        while through > 0, last - through < HistoryPage.entriesMaximum, !isFull {
            let after = max(0, through - HistoryPage.step)
            let page = try read(HistoryPage.page(after: after, through: through, end: .last))
            // What the bound cut off is before the first entry; without one there is nothing in the step.
            through = page.first.map { $0.from - 1 } ?? after
            entries = page + entries
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
        while position < last, position - after < HistoryPage.entriesMaximum, !isFull {
            let through = min(last, position + HistoryPage.step)
            let page = try read(HistoryPage.page(after: position, through: through, end: .first))
            position = page.last?.seq ?? through
            entries += page
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
