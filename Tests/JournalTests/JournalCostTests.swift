import JournalKit
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
        func ask(_ id: SessionID) throws {
            let room = SessionRoom(maximum: 1, seenSince: .zero)
            _ = try journal.create(session(id, key: "\(id)"), within: room, by: .never)
        }
        let statements = try QueryPlan.statements(of: journal.file.pool) { try ask("a") }
        #expect(statements.contains { $0.contains("count(*)") && $0.contains("LIMIT") }, "\(statements)")
        #expect(statements.count { $0.contains("count(*)") } == 1, "and not while commits wait: \(statements)")
        let plan = try steps { try ask("b") }
        #expect(plan.contains("SEARCH sessions USING INDEX sessions_of_principal (principal=?)"), "\(plan)")
        // Rows that are sorted first are all read, whatever the bound.
        #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN sessions") }, "\(plan)")
    }

    /// A session's bytes are checked at each commit (`DamagedRowTests`); the size of the file is seldom asked for.
    @Test func commitsSeldomAskHowLargeTheFileIs() throws {
        _ = try journal.create(session("s"))
        let lease = try journal.lease(of: "s")
        let statements = try QueryPlan.statements(of: journal.file.pool) {
            for seq in 1...100 as ClosedRange<Seq> {
                #expect(journal.commit(commit("s", [note(seq)]), under: lease) == .stored)
            }
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

    /// A lease, its renewal and its end write nothing, and neither does a commit besides what it stores.
    @Test func leasesWriteNothing() throws {
        _ = try journal.create(session("s"))
        try journal.commit([commit("s", [note(1)])])
        var leases: [Lease] = []
        let taking = try QueryPlan.statements(of: journal.file.pool) {
            leases = try journal.renew([journal.lease(of: "s")], ttl: .seconds(1), by: .never)
            _ = try journal.owner(of: "s", by: .never)
        }
        let lease = try #require(leases.first)
        #expect(taking.allSatisfy { $0.hasPrefix("SELECT") }, "\(taking)")
        let writing = try QueryPlan.statements(of: journal.file.pool) {
            #expect(journal.commit(commit("s", [note(2)]), under: lease) == .stored)
        }.filter { !$0.hasPrefix("SELECT") }
        #expect(
            writing.map { $0.prefix(19) } == ["INSERT INTO entries", "UPDATE sessions SET"], "\(writing)")
    }

    /// The first number of a process reserves a block on the disk; the others are in memory.
    @Test func generationsAreReservedOnce() throws {
        let first = try QueryPlan.statements(of: journal.file.pool) { _ = try journal.nextGeneration(by: .never) }
        #expect(first.count == 1 && first.allSatisfy { $0.hasPrefix("INSERT INTO generations") }, "\(first)")
        let others = try QueryPlan.statements(of: journal.file.pool) {
            for _ in 0..<100 { _ = try journal.nextGeneration(by: .never) }
        }
        #expect(others == [])
    }
}
