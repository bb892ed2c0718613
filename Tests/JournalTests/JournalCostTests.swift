import Ledger
import SQLiteFiles
import StorageKit
import TestKit
import Testing
import Wire

@testable import Journal

/// What is asked often finds its rows by an index, so that it costs the same however much the journal holds.
@Suite struct JournalCostTests {
    private let directory: TemporaryDirectory
    private let journal: SQLiteJournal

    init() throws {
        directory = try TemporaryDirectory()
        journal = try SQLiteJournal(folder: directory.path)
    }

    private func steps(_ work: () throws -> Void) throws -> [String] {
        try QueryPlan.steps(of: journal.file.pool, work)
    }

    @Test func tokensOfConnectionsAreFoundByTheirNames() throws {
        let plan = try steps { _ = try journal.tokens(["a", "b"]) }
        #expect(plan.contains { $0.hasPrefix("SEARCH tokens USING INDEX") && $0.hasSuffix("(id=?)") }, "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN tokens") }, "\(plan)")
    }

    @Test func sessionsAreCountedUpToTheBound() throws {
        func ask() throws {
            _ = try journal.hasRoom(for: session("new", key: "key"), maximum: 1, seenSince: .zero)
        }
        let statements = try QueryPlan.statements(of: journal.file.pool, ask)
        #expect(statements.contains { $0.contains("count(*)") && $0.contains("LIMIT") }, "\(statements)")
        let plan = try steps(ask)
        #expect(plan.contains("SEARCH sessions USING INDEX sessions_of_principal (principal=?)"), "\(plan)")
        // Rows that are sorted first are all read, whatever the bound.
        #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN sessions") }, "\(plan)")
    }

    /// A session's bytes are checked at each commit (`DamagedRowTests`); the size of the file is seldom asked for.
    @Test func commitsSeldomAskHowLargeTheFileIs() throws {
        _ = try journal.create(session("s"))
        let statements = try QueryPlan.statements(of: journal.file.pool) {
            for seq in 1...100 as ClosedRange<Seq> { try journal.commit([commit("s", [note(seq)])]) }
        }
        #expect(statements.count { $0.hasPrefix("UPDATE sessions") } == 100)
        let asking = statements.count { $0.contains("page_count") }
        #expect(1...3 ~= asking, "\(asking) of 100 commits")
    }

    @Test func signsOfLifeAreStoredWithoutReadingAllSessions() throws {
        _ = try journal.create(session("s"))
        let plan = try steps {
            try journal.touch(["s": Instant(nanoseconds: 5)], served: Instant(nanoseconds: 9))
        }
        for end in ["(seen_at<?)", "(seen_at>?)"] {
            #expect(plan.contains("SEARCH sessions USING INDEX sessions_seen \(end)"), "\(plan)")
        }
        #expect(!plan.contains { $0.hasPrefix("SCAN sessions") }, "\(plan)")
    }
}
