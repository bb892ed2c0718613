import Wire

/// Assigns a `messageId` to chunks whose agent sends none (`protocol.md` §2), so that a message has the same identifier
/// on every client and in every page of the history.
struct MessageNaming: Hashable, Sendable {
    /// The kind of the chunks that came without a name, and the name that they were given.
    private var current: Message?

    private struct Message: Hashable {
        var kind: String
        var id: MessageID
    }

    /// Assigns the identifier of a chunk. A plan, or another update that is no message, may come in the middle of a
    /// message; anything else ends it.
    ///
    /// - Parameters:
    ///   - seq: The entry that it becomes; the name of a message has the number of its first one.
    ///   - isOfTurn: Whether it was said in a turn: what an agent says outside of turns is a message of its own.
    mutating func name(_ body: Entry.Body, seq: Seq, isOfTurn: Bool) -> Entry.Body {
        guard case .update(let update) = body else { return body }
        let place = isOfTurn ? "" : " outside of turns"
        switch update {
        case .agentMessage(let chunk): return .update(.agentMessage(name(chunk, of: "message" + place, seq: seq)))
        case .agentThought(let chunk): return .update(.agentThought(name(chunk, of: "thought" + place, seq: seq)))
        case .userMessage, .toolCall, .toolCallUpdate: current = nil
        case .plan, .other: break
        }
        return body
    }

    /// The turn ended, and every message with it.
    mutating func end() { current = nil }

    private mutating func name(_ chunk: ContentChunk, of kind: String, seq: Seq) -> ContentChunk {
        guard chunk.messageID == nil else {
            current = nil
            return chunk
        }
        let message = current.flatMap { $0.kind == kind ? $0 : nil } ?? Message(kind: kind, id: MessageID("seq-\(seq)"))
        current = message
        return ContentChunk(messageID: message.id, content: chunk.content)
    }
}
