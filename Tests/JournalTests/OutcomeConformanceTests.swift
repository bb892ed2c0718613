import JournalKit
import Ledger
import StorageKit
import TestKit
import Testing
import Wire

/// What becomes of commits: an outcome for each, and nothing half written, whatever is wrong with the others.
@Suite struct OutcomeConformanceTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private enum Kind { case damaged, failed, fenced }

    /// A commit, and what becomes of it behind entry 2.
    private static let bad: [(commit: Commit, kind: Kind)] = [
        (commit("s", [note(5)], [prompt("a", seq: 5)]), .damaged),
        (commit("s", [note(3), note(3)], [prompt("a", seq: 3)]), .failed),
        (commit("s", [note(3), note(5)], [prompt("a", seq: 3)]), .failed),
        (commit("s", [note(2, "other")], [prompt("a", seq: 2)]), .fenced),
    ]

    @Test(arguments: StoreKind.allCases) func oneThatIsRefusedSpoilsNoOther(_ kind: StoreKind) throws {
        let store = try kind.make(in: directory)
        for id in ["s", "t"] as [SessionID] { try store.create(session(id)) }
        try store.commit([commit("s", notes(1...2))])
        let (lease, other) = (try store.lease(of: "s"), try store.lease(of: "t"))
        for (number, bad) in Self.bad.enumerated() {
            let next = commit("t", [note(Seq(number) + 1)])
            let outcomes = store.commit(
                [LeasedCommit(bad.commit, under: lease), LeasedCommit(next, under: other)], by: .never)
            try #require(outcomes.count == 2)
            switch (bad.kind, outcomes[0]) {
            case (.damaged, .refused(let error)) where error.isDamage: break
            case (.failed, .refused(let error)) where error.isFailed: break
            case (.fenced, .fenced): break
            default: Issue.record("\(outcomes[0]) of \(bad.commit.entries.map(\.seq))")
            }
            #expect(outcomes[1] == .stored)
            #expect(try store.entries(of: "s", EntryPage(after: 0, through: 9)).map(\.seq) == [1, 2])
            #expect(try store.prompt("a", of: "s") == nil)
        }
        #expect(store.commit(commit("s", [note(3)]), under: lease) == .stored, "and the session goes on")
    }

    /// Of several commits of one session those behind one that is refused have nothing to follow.
    @Test(arguments: StoreKind.allCases) func whatIsBehindARefusedOneIsNotStored(_ kind: StoreKind) throws {
        let store = try kind.make(in: directory)
        try store.create(session("s"))
        let lease = try store.lease(of: "s")
        let outcomes = store.commit(
            [commit("s", [note(1)]), commit("s", [note(3)]), commit("s", [note(4)])].map {
                LeasedCommit($0, under: lease)
            }, by: .never)
        #expect(outcomes.first == .stored && outcomes.count == 3)
        #expect(!outcomes.dropFirst().contains(.stored))
        #expect(try store.load("s", of: nil)?.record.headSeq == 1)
    }

    @Test(arguments: StoreKind.allCases) func promptsAloneAreStored(_ kind: StoreKind) throws {
        let store = try kind.make(in: directory)
        try store.create(session("s"))
        try store.commit([commit("s", [note(1)], [prompt("a", seq: 1)])])
        let lease = try store.lease(of: "s")
        let end = prompt("a", seq: 1, end: .init(outcome: .stopped(.endTurn), seq: 1))
        let alone = Commit(session: "s", expectedHead: 1, entries: [], prompts: [end])
        #expect(store.commit(alone, under: lease) == .stored)
        #expect(try store.prompt("a", of: "s") == end.settled)
        #expect(store.commit([], by: .never) == [])
    }
}
