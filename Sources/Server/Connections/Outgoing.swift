import DequeModule
import NIOCore
import Transport
import Wire

/// The outgoing queue of one connection: ordered and bounded. Entries can be dropped, since the journal has them.
struct Outgoing {
    /// What is written to the socket at once.
    enum Item {
        /// An encoded message that is not an entry, such as an answer, which cannot be read again.
        case message(ByteBuffer)
        /// Entries of a session that follow each other, from this number on.
        case entries(FrameBatch, of: SessionID, from: Seq)

        fileprivate var byteCount: Int {
            switch self {
            case .message(let message): message.readableBytes
            case .entries(let batch, _, _): batch.bytes.readableBytes
            }
        }
    }

    private var items: Deque<Item> = []
    private(set) var bytes = 0

    var isEmpty: Bool { items.isEmpty }

    mutating func append(_ item: Item) {
        items.append(item)
        bytes += item.byteCount
    }

    mutating func popFirst() -> Item? {
        guard let item = items.popFirst() else { return nil }
        bytes -= item.byteCount
        return item
    }

    /// Drops the entries behind the last message that is not an entry.
    ///
    /// - Returns: For each session, the last entry that is still queued or was written; its replay begins behind it.
    mutating func dropEntries() -> [SessionID: Seq] {
        var through: [SessionID: Seq] = [:]
        while case .entries(let batch, let session, let from)? = items.last {
            items.removeLast()
            bytes -= batch.bytes.readableBytes
            through[session] = from - 1
        }
        return through
    }
}
