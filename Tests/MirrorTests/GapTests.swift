import Mirror
import StorageKit
import Sync
import TestKit
import Testing
import Wire

/// Gaps in the mirror: known, filled from their ends, and never taken for nothing.
@Suite struct GapTests {
    private let directory: TemporaryDirectory
    private let mirror: SQLiteMirror

    init() throws {
        directory = try TemporaryDirectory()
        mirror = try SQLiteMirror.open(folder: directory.path, now: 1).opened
        try mirror.apply(
            [
                .adopt("s", "e"), .append("s", "e", notes(1...3)), .skip("s", "e", missing(4...50)),
                .append("s", "e", notes(51...53)),
            ], at: "server")
    }

    private func missing(_ range: ClosedRange<Seq>) -> Missing {
        let plan = PlanEntry(content: "step", status: .inProgress)
        let told = [Entry(seq: range.upperBound, timestamp: 1, body: .update(.plan([plan])))]
        return Missing(range: range, state: SessionState(folding: told))
    }

    private func holding() throws -> Holding? { try mirror.holding(of: "s", at: "server") }

    @Test func theCursorIsBehindTheGapAndTheGapIsKnown() throws {
        #expect(
            try holding()
                == Holding(position: Position(epoch: "e", seq: 53), timestamp: 153, gaps: [4...50]))
    }

    @Test func aPageStopsAtTheGap() throws {
        let newest = try mirror.page(of: "s", at: "server", limit: 100)
        #expect(newest.entries == notes(51...53) && newest.hasMore)
        let before = try mirror.page(of: "s", at: "server", before: 51, limit: 100)
        #expect(before.entries == [] && before.hasMore, "more, and not here")
        let oldest = try mirror.page(of: "s", at: "server", before: 4, limit: 100)
        #expect(oldest.entries == notes(1...3) && !oldest.hasMore)
    }

    @Test func whatItAddsUpToWasTold() throws {
        #expect(try mirror.facts(of: "s", at: "server").plan.map(\.content) == ["step"])
        let newer = Entry(seq: 54, timestamp: 1, body: .update(.plan([PlanEntry(content: "newer", status: .pending)])))
        try mirror.apply([.append("s", "e", [newer])], at: "server")
        #expect(try mirror.facts(of: "s", at: "server").plan.map(\.content) == ["newer"])
    }

    @Test func aGapIsFilledFromItsEnd() throws {
        try mirror.apply([.fill("s", "e", notes(30...50))], at: "server")
        #expect(try holding()?.gaps == [4...29])
        #expect(try mirror.page(of: "s", at: "server", limit: 100).entries == notes(30...53))
        // Another client that shares the mirror was faster.
        try mirror.apply([.fill("s", "e", notes(40...50))], at: "server")
        #expect(try holding()?.gaps == [4...29])
        try mirror.apply([.fill("s", "e", notes(4...29))], at: "server")
        #expect(try holding()?.gaps == [])
        #expect(try mirror.page(of: "s", at: "server", limit: 100).entries == notes(1...53))
        #expect(try mirror.base(of: "s", at: "server") == nil, "now everything can be read off the entries")
    }

    @Test func aSkipThatAnotherClientHasMadeAlreadyChangesNothing() throws {
        try mirror.apply([.skip("s", "e", missing(4...50))], at: "server")
        #expect(try holding()?.gaps == [4...50])
        try mirror.apply([.skip("s", "e", missing(10...60))], at: "server")
        #expect(try holding()?.gaps == [4...50, 54...60], "what is held is no gap")
    }

    @Test func aSnapshotMayBeginWithAHole() throws {
        try mirror.apply(
            [.beginSnapshot("s", "f", missing(1...8)), .stage("s", "f", notes(9...9)), .swap("s", "f")], at: "server")
        #expect(try holding()?.gaps == [1...8])
        #expect(try mirror.page(of: "s", at: "server", limit: 9).hasMore)
    }

    @Test func entriesThatTheServerLostAreKept() throws {
        try mirror.apply([.beginSnapshot("s", "f"), .stage("s", "f", notes(1...2)), .swap("s", "f")], at: "server")
        #expect(try mirror.page(of: "s", at: "server", limit: 9).entries == notes(1...2))
        let orphan = SQLiteMirror.orphan(of: "s")
        #expect(try mirror.page(of: orphan, at: "server", limit: 100).entries == notes(51...53))
        // The next one takes its place: there is one at most.
        try mirror.apply([.beginSnapshot("s", "g"), .stage("s", "g", notes(1...1)), .swap("s", "g")], at: "server")
        #expect(try mirror.page(of: orphan, at: "server", limit: 100).entries == notes(1...2))
    }

    @Test func answersAreKeptUntilTheyAreNotNeeded() throws {
        let stateStore = try SQLiteStateStore.open(folder: directory.path, now: 1).opened
        try stateStore.keep(Chat(key: "chat", server: "server", directory: "/folder"), usedAt: 1)
        try stateStore.keep(["outcome": 1], to: "q", of: "chat")
        try stateStore.keep(["outcome": 2], to: "q", of: "chat")
        #expect(try stateStore.answers(of: "chat") == ["q": ["outcome": 2]])
        try stateStore.removeAnswers(to: ["q"], of: "chat")
        #expect(try stateStore.answers(of: "chat") == [:])
    }
}
