/// What of a merged entry is new to whoever was given its beginning already.
///
/// While a client moves to another connection the old one goes on delivering; the replay on the new one begins where the
/// client was when it dialled, and merges what it holds by now with what it lacks. The mirror replaces what the range
/// covers. Whoever shows or prints text as it comes takes the part that is lacking, here (`protocol.md` §14).
public struct HeldText: Hashable, Sendable {
    private struct Piece: Hashable {
        var from: Seq
        var bytes: Int
    }

    /// The last entry that was taken.
    public private(set) var last: Seq = 0
    /// The pieces of the message that ``last`` belongs to, the newest ones: a merged entry covers no more bytes.
    private var pieces: [Piece] = []
    private var bytes = 0
    private var message: ChunkKind?

    private struct ChunkKind: Hashable {
        var name: String
        var id: MessageID?
    }

    /// Nothing was taken yet.
    public init() {}

    /// Takes an entry.
    ///
    /// - Returns: What is new of it; `nil` when nothing is. The part of a text that is lacking has the time of the whole.
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
    /// The same piece of a message with another text.
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
