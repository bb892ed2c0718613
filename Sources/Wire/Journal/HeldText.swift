/// Cuts merged entries to the part that their receiver does not have yet.
///
/// While a client moves to another connection, the old one still delivers entries. The replay on the new one begins at
/// the cursor that the client had when it dialled, and may merge entries that arrived since with new ones. The mirror
/// replaces the range of a merged entry; code that prints text as it arrives uses this type (`protocol.md` §14).
public struct HeldText: Hashable, Sendable {
    private struct Piece: Hashable {
        var from: Seq
        var bytes: Int
    }

    /// The last entry that was passed in.
    public private(set) var last: Seq = 0
    /// The newest chunks of the message that ``last`` belongs to, as many as a merged entry can cover.
    private var pieces: [Piece] = []
    private var bytes = 0
    private var message: ChunkKind?

    private struct ChunkKind: Hashable {
        var name: String
        var id: MessageID?
    }

    /// Begins without any entry.
    public init() {}

    /// Passes in the next entry.
    ///
    /// - Returns: The new part of it, with the time of the whole entry; `nil` when nothing is new.
    public mutating func lacking(of entry: Entry) -> Entry? {
        guard entry.seq > last else { return nil }
        guard case .update(let update) = entry.body, let (name, chunk) = update.chunk, let text = chunk.content.text
        else {
            (last, pieces, bytes, message) = (entry.seq, [], 0, nil)
            return entry
        }
        let kind = ChunkKind(name: name, id: chunk.messageID)
        if kind != message { (pieces, bytes, message) = ([], 0, kind) }
        guard entry.from <= last else {
            take(Piece(from: entry.from, bytes: text.utf8.count), through: entry.seq)
            return entry
        }
        let held = pieces.reduce(0) { $1.from >= entry.from ? $0 + $1.bytes : $0 }
        var part = entry
        part.from = last + 1
        let rest = String(decoding: text.utf8.dropFirst(held), as: UTF8.self)
        part.body = .update(update.replacing(text: rest))
        take(Piece(from: part.from, bytes: rest.utf8.count), through: entry.seq)
        return part
    }

    private mutating func take(_ piece: Piece, through seq: Seq) {
        last = seq
        pieces.append(piece)
        bytes += piece.bytes
        while bytes > Entry.mergedBytesMaximum, pieces.count > 1 { bytes -= pieces.removeFirst().bytes }
    }
}

extension SessionUpdate {
    /// The same chunk with another text.
    fileprivate func replacing(text: String) -> SessionUpdate {
        guard let chunk = chunk?.chunk else { return self }
        let part = ContentChunk(messageID: chunk.messageID, content: .text(text))
        return switch self {
        case .userMessage: .userMessage(part)
        case .agentMessage: .agentMessage(part)
        case .agentThought: .agentThought(part)
        case .toolCall, .toolCallUpdate, .plan, .other: self
        }
    }
}
