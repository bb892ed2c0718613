import Wire

/// What a client of the examination holds of a session: every entry that it was sent, and what was wrong with them.
struct Copy: Sendable {
    /// The incarnation of the journal.
    var epoch: Epoch?
    /// The fence that came behind the last replay.
    var fence: Position?
    /// The entries, in the order in which they came.
    private(set) var entries: [Entry] = []
    /// Entries that came again.
    private(set) var repeated = 0
    /// Places where entries are missing.
    private(set) var gaps = 0
    /// What the entries add up to.
    private(set) var state = SessionState()
    /// How many turns have ended.
    private(set) var turnsEnded = 0

    /// A copy that holds nothing.
    init(epoch: Epoch? = nil) { self.epoch = epoch }

    /// The last entry that is held.
    var cursor: Seq { entries.last?.seq ?? 0 }

    /// What the server is told that is held.
    var position: Position? { epoch.map { Position(epoch: $0, seq: cursor) } }

    /// Whether everything came once and in order.
    var isDense: Bool { repeated == 0 && gaps == 0 }

    /// Takes an entry. What does not follow is counted, not refused: the examination wants to see the rest as well.
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

    /// Takes the fence: everything that it stands behind has to be here.
    mutating func take(_ fence: Position) {
        self.fence = fence
        if fence.seq != cursor || fence.epoch != epoch { gaps += 1 }
    }

    /// The conversation.
    var messages: [HistoryMessage] { HistoryMessage.messages(in: entries) }

    /// The copy as it was when that entry was its last.
    func upTo(_ seq: Seq) -> Copy {
        var copy = Copy(epoch: epoch)
        for entry in entries where entry.seq <= seq { copy.take(entry) }
        return copy
    }

    /// The parts in which the server's own state differs from what was sent; empty when it does not.
    func differences(from answer: JSON) -> [String] {
        let held = state.json
        return (["seq"] + SessionState.parts).filter { name in
            // A server whose agents ask nothing may leave the questions out.
            (answer[name] ?? (name == "requests" ? [] : .null)).canonical != (held[name] ?? .null).canonical
        }
    }
}

extension JSON {
    /// The value with the members of its objects in order of their names: objects that say the same are then equal.
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
