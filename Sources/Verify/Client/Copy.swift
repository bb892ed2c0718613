import Wire

/// The examination's copy of a session: every entry that was received, with counts of errors in the sequence.
struct Copy: Sendable {
    /// The epoch of the journal.
    var epoch: Epoch?
    /// The fence of the last replay; `nil` before it arrived.
    var fence: Position?
    /// The entries in order of arrival.
    private(set) var entries: [Entry] = []
    /// How many entries arrived more than once.
    private(set) var repeated = 0
    /// How many gaps the sequence has.
    private(set) var gaps = 0
    /// The state that the entries fold to.
    private(set) var state = SessionState()
    /// How many turns have ended.
    private(set) var turnsEnded = 0

    /// Creates an empty copy.
    init(epoch: Epoch? = nil) { self.epoch = epoch }

    /// The last entry that is held; 0 for none.
    var cursor: Seq { entries.last?.seq ?? 0 }

    /// The position for a resume; `nil` while the epoch is unknown.
    var position: Position? { epoch.map { Position(epoch: $0, seq: cursor) } }

    /// Whether the sequence has neither duplicates nor gaps.
    var isDense: Bool { repeated == 0 && gaps == 0 }

    /// Adds an entry. Errors in the sequence are counted and not refused, so that the rest is examined as well.
    mutating func take(_ entry: Entry) {
        switch Admission(cursor: cursor, from: entry.from, seq: entry.seq) {
        case .apply: break
        case .gap: gaps += 1
        case .duplicate:
            repeated += 1
            return
        }
        entries.append(entry)
        state.apply(entry)
        if case .event(.turnEnd) = entry.body { turnsEnded += 1 }
    }

    /// Records the fence, and whether the entries before it are complete.
    mutating func take(_ fence: Position) {
        self.fence = fence
        if fence.seq != cursor || fence.epoch != epoch { gaps += 1 }
    }

    /// The conversation's messages, folded from the entries.
    var messages: [HistoryMessage] { HistoryMessage.messages(in: entries) }

    /// The copy as it was when this entry was its last.
    func upTo(_ seq: Seq) -> Copy {
        var copy = Copy(epoch: epoch)
        for entry in entries where entry.seq <= seq { copy.take(entry) }
        return copy
    }

    /// The names of the parts in which the server's state differs from the copy; empty when none does.
    func differences(from answer: JSON) -> [String] {
        let held = state.json
        return (["seq"] + SessionState.parts).filter { name in
            // The questions may be missing from a server whose agents never ask.
            (answer[name] ?? (name == "requests" ? [] : .null)).canonical != (held[name] ?? .null).canonical
        }
    }
}

extension JSON {
    /// The value with sorted object keys, so that equal objects compare as equal.
    var canonical: JSON {
        switch self {
        case .null, .bool, .integer, .number, .string: self
        case .array(let elements): .array(elements.map(\.canonical))
        case .object(let members):
            .object(
                members.map { Member($0.key, $0.value.canonical) }.sorted { $0.key < $1.key })
        }
    }
}
