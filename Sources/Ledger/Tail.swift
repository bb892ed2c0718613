import DequeModule
import Wire

/// The newest entries of a journal, in memory: a client that comes right back is served from here, without the disk.
struct Tail {
    private var entries: Deque<EncodedEntry>
    private let maximum: Int

    init(_ entries: [EncodedEntry], maximum: Int) {
        self.entries = Deque(entries.suffix(maximum))
        self.maximum = maximum
    }

    mutating func append(_ new: [EncodedEntry]) {
        entries.append(contentsOf: new)
        if entries.count > maximum { entries.removeFirst(entries.count - maximum) }
    }

    /// Everything behind `seq`; `nil` when the tail does not reach back so far.
    func after(_ seq: Seq, head: Seq) -> [EncodedEntry]? {
        if seq == head { return [] }
        guard let first = entries.first, first.from <= seq + 1 else { return nil }
        return entries.filter { $0.from > seq }
    }
}
