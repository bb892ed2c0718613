import DequeModule
import NIOCore
import Wire

/// The newest entries of a journal: what is known of each, and while a turn goes on its bytes, from which replays after
/// a short absence are served without the disk.
///
/// It is bounded in entries (``Limits/tailEntries``) and in bytes (``Limits/tailBytes``); a single entry that is longer
/// stays until the next one is appended, or the session is idle. The bytes are most of what an idle session would take
/// in memory, so it gives up all but the newest (``shrink()``); what is known of the entries still says what an attach
/// has to replay.
struct Tail {
    /// What is known of an entry.
    private struct Mark {
        var seq: Seq
        var timestamp: Timestamp
        var bytes: Int32
    }

    /// The entries that are known, in order and without a gap.
    private var marks: Deque<Mark> = []
    /// The newest of these, with their bytes.
    private var entries: Deque<EncodedEntry> = []
    /// How many bytes the payloads of all of them have.
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
        for entry in new {
            let size = Int32(clamping: entry.payload.readableBytes)
            marks.append(Mark(seq: entry.seq, timestamp: entry.timestamp, bytes: size))
            bytes += Int(size)
        }
        while marks.count > maximum || (bytes > bytesMaximum && marks.count > 1), let first = marks.popFirst() {
            bytes -= Int(first.bytes)
        }
        if entries.count > marks.count { entries.removeFirst(entries.count - marks.count) }
    }

    /// The bytes that are kept while nothing goes on: enough for who was away for a moment.
    static let idleBytes = 1 << 10

    /// Gives up all bytes but the newest: nothing goes on in the session.
    mutating func shrink() {
        var left = Tail.idleBytes
        let kept = entries.reversed().prefix { entry in
            left -= entry.payload.readableBytes
            return left >= 0
        }
        // A copy, which takes no more room than they need.
        if kept.count < entries.count { entries = Deque(kept.reversed()) }
    }

    /// When the entry with that number was written; `nil` when it is not known.
    func timestamp(of seq: Seq) -> Timestamp? {
        guard let first = marks.first, seq >= first.seq, seq - first.seq < Seq(marks.count) else { return nil }
        return marks[Int(seq - first.seq)].timestamp
    }

    /// About how many bytes an entry's frame has besides its payload.
    private static let frameBytes = 160

    /// The number behind which the newest entries that fit the bound begin; at least one entry is among them.
    ///
    /// - Returns: `nil` when everything behind `seq` is known and fits `window`, or when nothing is known.
    func start(after seq: Seq, window: Int, bound: Int) -> Seq? {
        guard let last = marks.last else { return nil }
        var (size, start) = (0, last.seq - 1)
        var isBounded = true
        for mark in marks.reversed() {
            guard mark.seq > seq else { return size <= window ? nil : start }
            size += Int(mark.bytes) + Tail.frameBytes
            isBounded = isBounded && size <= bound
            if isBounded { start = mark.seq - 1 }
        }
        let isWhole = marks.first?.seq == seq + 1
        return isWhole && size <= window ? nil : start
    }

    /// All entries behind `seq`; `nil` when some of them are not in memory.
    func after(_ seq: Seq, head: Seq) -> [EncodedEntry]? {
        if seq == head { return [] }
        guard let first = entries.first, first.from <= seq + 1 else { return nil }
        return entries.filter { $0.from > seq }
    }
}
