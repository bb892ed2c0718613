import NIOCore
import Wire

extension FuzzTarget {
    /// Readers of what a journal holds.
    static let journal: [FuzzTarget] = [
        decoder("session-update", SessionUpdate.self),
        decoder("question", Question.self),
        decoder("resolution", Question.Resolution.self),
        FuzzTarget("entries") { bytes throws(Oddity) in
            // A list of notifications, as a replay brings them.
            guard let frames = parsed(bytes)?.array else { return }
            let entries = frames.compactMap { entryNotice($0)?.entry }
            let merged = Entry.coalesced(entries)
            _ = HistoryMessage.messages(in: merged)
            var state = SessionState(folding: entries)
            _ = (state.workflow, state.brief, state.runningTurn)
            let again = parsed(state.json.encoded).flatMap { try? SessionState(json: $0) }
            // What a turn was answered is no projection: it goes when a state is told.
            state = SessionState(folding: [])
            try expect(again != nil, "the state that they add up to cannot be read")
            for entry in entries {
                let encoded = EncodedEntry(entry)
                _ = encoded.digest
                try expect((try? encoded.decoded()) == entry, "stored and read it is another entry")
            }
        },
    ]
}
