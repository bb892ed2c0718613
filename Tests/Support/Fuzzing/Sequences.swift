import Wire

extension FuzzTarget {
    /// The two machines, each fed a random sequence of events, in orders that do not occur in normal operation.
    static let sequences: [FuzzTarget] = [
        FuzzTarget("engine") { bytes throws(Oddity) in
            guard let steps = parsed(bytes)?.array else { return }
            var story = EngineStory()
            for step in steps.prefix(200) { try story.take(step) }
            try story.end()
        },
        FuzzTarget("ledger") { bytes throws(Oddity) in
            guard let steps = parsed(bytes)?.array else { return }
            var story = LedgerStory()
            for step in steps.prefix(200) { try story.take(step) }
            try story.end()
        },
    ]
}
