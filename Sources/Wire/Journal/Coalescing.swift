/// Coalescing: merges adjacent chunks of one message, so that a replay sends text instead of tokens (`protocol.md` §3).
extension Entry {
    /// The longest merged text, in bytes, well below every peer's bound on messages.
    public static let mergedBytesMaximum = 64 << 10

    /// The entries with adjacent chunks of the same message merged, in order.
    public static func coalesced(_ entries: some Sequence<Entry>) -> [Entry] {
        var merged: [Entry] = []
        for entry in entries {
            if let last = merged.indices.last, let joint = merged[last].joined(with: entry) {
                merged[last] = joint
            } else {
                merged.append(entry)
            }
        }
        return merged
    }

    /// This entry with the next one's text appended; `nil` when they are not chunks of one message.
    private func joined(with next: Entry) -> Entry? {
        guard next.from == seq + 1, clientMessageID == next.clientMessageID,
            case .update(let mine) = body, case .update(let theirs) = next.body,
            let (name, first) = mine.chunk, let (nextName, second) = theirs.chunk,
            name == nextName, first.messageID != nil, first.messageID == second.messageID,
            case .text(let head) = first.content, case .text(let tail) = second.content,
            head.utf8.count + tail.utf8.count <= Entry.mergedBytesMaximum
        else { return nil }
        let chunk = ContentChunk(messageID: first.messageID, content: .text(head + tail))
        var joint = self
        joint.seq = next.seq
        joint.lastTimestamp = next.lastTimestamp
        switch mine {
        case .userMessage: joint.body = .update(.userMessage(chunk))
        case .agentMessage: joint.body = .update(.agentMessage(chunk))
        case .agentThought: joint.body = .update(.agentThought(chunk))
        case .toolCall, .toolCallUpdate, .plan, .other: return nil
        }
        return joint
    }
}

extension EncodedEntry {
    /// The entries with adjacent chunks of the same message merged, as ``Entry/coalesced(_:)`` does.
    ///
    /// Only entries that may be merged are decoded; all others keep the bytes that were stored. So do chunks that cannot
    /// be decoded, with those beside them.
    public static func coalesced(_ entries: [EncodedEntry]) -> [EncodedEntry] {
        var merged: [EncodedEntry] = []
        merged.reserveCapacity(entries.count)
        var start = entries.startIndex
        while start < entries.endIndex {
            var end = start + 1
            while end < entries.endIndex, entries[end].mayBeMerged(into: entries[end - 1]) { end += 1 }
            merged += joined(entries[start..<end])
            start = end
        }
        return merged
    }

    private static func joined(_ run: ArraySlice<EncodedEntry>) -> [EncodedEntry] {
        let decoded = run.count > 1 ? run.compactMap { try? $0.decoded() } : []
        guard decoded.count == run.count else { return Array(run) }
        let merged = Entry.coalesced(decoded)
        return merged.count == run.count ? Array(run) : merged.map(EncodedEntry.init)
    }

    /// Whether the two may be chunks of one message, as far as their columns say.
    private func mayBeMerged(into last: EncodedEntry) -> Bool {
        kind == last.kind && EncodedEntry.chunkKinds.contains(kind) && from == last.seq + 1
            && clientMessageID == last.clientMessageID
    }
}
