import Agents
import Journal
import Ledger
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

/// A store that fails when it has written, and one that cannot be read for a while: nothing is lost, nothing is there
/// twice, and nobody is told that something failed which did not.
@Suite struct UnknownOutcomeTests {
    /// What goes wrong, as a test says.
    private final class Faults: Sendable {
        /// How many commits are written and reported as failed.
        let commits = Mutex(0)
        /// How many reads of entries fail.
        let reads = Mutex(0)

        func next(_ left: borrowing Mutex<Int>, _ error: StoreError) throws(StoreError) {
            let fails = left.withLock { left in
                left -= 1
                return left >= 0
            }
            if fails { throw error }
        }
    }

    private func withStore(
        _ agent: ScriptedAgent, _ faults: Faults, _ body: (TestServer) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory("unknown-outcome")
        let error = StoreError.failed("disk I/O error")
        let store = HookedStore(
            try SQLiteJournal(folder: folder.path),
            committed: { () throws(StoreError) in try faults.next(faults.commits, error) },
            entriesRead: { _, entries throws(StoreError) in
                try faults.next(faults.reads, error)
                return entries
            })
        let server = try await TestServer.start([agent], in: folder, store: store)
        do { try await body(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func aCommitThatWasWrittenAndReportedAsFailedIsTakenForWhatItIs() async throws {
        let (agent, faults) = (ScriptedAgent(), Faults())
        try await withStore(agent, faults) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            faults.commits.withLock { $0 = 3 }
            let prompt = client.prompt("now?", in: session, key: "k")
            try await agent.say("yes")
            try await agent.end()
            #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
            let journal = try server.journal(of: session)
            #expect(journal.map(\.seq) == Array(1...Seq(journal.count)))
            #expect(client.notices.map(\.entry) == journal)
        }
    }

    @Test func whatCannotBeKnownYetIsNeitherSaidNorWrittenAgain() async throws {
        let (agent, faults) = (ScriptedAgent(), Faults())
        try await withStore(agent, faults) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            faults.commits.withLock { $0 = 1 }
            faults.reads.withLock { $0 = 2 }
            let prompt = client.prompt("now?", in: session, key: "k")
            try await agent.end()
            #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
            let journal = try server.journal(of: session)
            #expect(client.notices.map(\.entry) == journal)
            #expect(journal.count { $0.clientMessageID == "k" } == 1)
        }
    }

    @Test func aTurnWhoseBeginningCannotBeReadWaitsForTheStore() async throws {
        let (agent, faults) = (ScriptedAgent(), Faults())
        try await withStore(agent, faults) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            faults.reads.withLock { $0 = 2 }
            let prompt = client.prompt("now?", in: session, key: "k")
            try await agent.end()
            #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
        }
    }
}
