import DequeModule
import NIOCore
import Wire

/// The newest entries of a journal in memory, from which replays after a short absence are served without the disk.
///
/// It is bounded in entries (``Limits/tailEntries``) and in bytes (``Limits/tailBytes``); a single entry that is longer
/// stays until the next one is appended.
struct Tail {
    private var entries: Deque<EncodedEntry> = []
    /// How many bytes the payloads have.
    private(set) var bytes = 0
    private let maximum: Int
    private let bytesMaximum: Int

    init(_ entries: [EncodedEntry], maximum: Int, bytesMaximum: Int) {
        self.maximum = maximum
        self.bytesMaximum = bytesMaximum
        append(entries)
    }

    /// Appends entries, and drops the oldest ones beyond the bounds; the last one always stays.
    mutating func append(_ new: [EncodedEntry]) {
        entries.append(contentsOf: new)
        bytes += new.reduce(0) { $0 + $1.payload.readableBytes }
        while entries.count > maximum || (bytes > bytesMaximum && entries.count > 1), let first = entries.popFirst() {
            bytes -= first.payload.readableBytes
        }
    }

    /// When the entry with that number was written; `nil` when it is not in the tail.
    func timestamp(of seq: Seq) -> Timestamp? {
        entries.last { $0.seq <= seq }.flatMap { $0.seq == seq ? $0.timestamp : nil }
    }

    /// About how many bytes an entry's frame has besides its payload.
    private static let frameBytes = 160

    /// The number behind which the newest entries that fit the bound begin; at least one entry is among them.
    ///
    /// - Returns: `nil` when everything behind `seq` is held and fits `window`, or when nothing is held.
    func start(after seq: Seq, head: Seq, window: Int, bound: Int) -> Seq? {
        if let all = after(seq, head: head), bytes(of: all) <= window { return nil }
        guard var start = entries.last.map({ $0.from - 1 }) else { return nil }
        var size = 0
        for entry in entries.reversed() {
            size += entry.payload.readableBytes + Tail.frameBytes
            guard size <= bound, entry.from > seq else { break }
            start = entry.from - 1
        }
        return start
    }

    private func bytes(of entries: [EncodedEntry]) -> Int {
        entries.reduce(0) { $0 + $1.payload.readableBytes + Tail.frameBytes }
    }

    /// All entries behind `seq`; `nil` when the tail does not reach back so far.
    func after(_ seq: Seq, head: Seq) -> [EncodedEntry]? {
        if seq == head { return [] }
        guard let first = entries.first, first.from <= seq + 1 else { return nil }
        return entries.filter { $0.from > seq }
    }
}
