import Journal
import JournalKit
import Ledger
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

/// A session that another server takes while this one has it in memory: nothing of it is written here any more, its
/// clients are told to come back, and whoever comes back gets what is stored.
@Suite struct FencedSessionTests {
    private func withJournal(
        _ agent: ScriptedAgent, _ body: (TestServer, SQLiteJournal) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory("belayd")
        let journal = try SQLiteJournal(folder: folder.path)
        let server = try await TestServer.start([agent], in: folder, store: journal)
        do { try await body(server, journal) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func expectSentAway(_ client: WireClient, _ prompt: RequestID) async throws {
        do {
            try await client.answer(to: prompt)
            Issue.record("the prompt was answered well")
        } catch let error as RPCError {
            guard case .notNow(after: _?) = error.verdict else {
                Issue.record("\(error)")
                return
            }
            #expect(error.reason == "unavailable")
        }
        #expect(await eventually { client.closure != nil })
        #expect(client.closure?.code == .serviceRestart)
        let delay = try #require(client.closure?.retryAfter)
        #expect((100...1_001).contains(delay), "they come back within a second")
    }

    @Test func aPromptIsNotWrittenBesideAnotherServer() async throws {
        let agent = ScriptedAgent()
        try await withJournal(agent) { server, journal in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            #expect(try journal.owner(of: session, by: .never) != nil, "it has the lease of what is in memory")
            _ = try journal.lease(of: session, for: "other")
            try await expectSentAway(client, client.prompt("now?", in: session, key: "k"))
            #expect(try server.journal(of: session) == [])
            #expect(await server.daemon.server.counters.sessions == 0)
            #expect(try journal.owner(of: session, by: .never) == "other", "what was taken is not given back by it")

            let again = try await WireClient.greeted(by: server.local, as: "c")
            let prompt = again.prompt("now?", in: session, key: "k")
            try await agent.end()
            let answer = try await again.answer(to: prompt)
            #expect(answer["stopReason"] == "end_turn" && answer.belay?["joined"] == false)
            #expect(try server.journal(of: session).count { $0.clientMessageID == "k" } == 1)
        }
    }

    /// The store tells of what the other server writes: a turn here is stopped before it writes anything.
    @Test func aTurnIsStoppedWhenTheOtherServerWrites() async throws {
        let agent = ScriptedAgent()
        try await withJournal(agent) { server, journal in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("talk", in: session, key: "k")
            try await agent.say("mine")
            let taken = try #require(try journal.take(session, for: "other"))
            let head = taken.session.record.headSeq
            let theirs = EncodedEntry(Entry(seq: head + 1, timestamp: 1, body: .event(.note("theirs"))))
            let outcome = journal.commit(Commit(session: session, entries: [theirs], prompts: []), under: taken.lease)
            #expect(outcome == .stored)
            try await expectSentAway(client, prompt)
            #expect(await eventually { agent.cancelled == 1 })
            #expect(try server.journal(of: session).count == Int(head) + 1)

            let again = try await WireClient.greeted(by: server.local, as: "c")
            let result = try await again.resume(session, from: nil)
            #expect(result.headSeq >= head + 1, "what the other has written is there")
        }
    }

    /// A session that leaves memory, and a server that ends, give their leases back.
    @Test func leasesAreGivenBack() async throws {
        let folder = try TemporaryDirectory("belayd")
        let journal = try SQLiteJournal(folder: folder.path)
        let server = try await TestServer.start([ScriptedAgent()], in: folder, store: journal)
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let (one, two) = (try await client.newSession(), try await client.newSession())
        try await client.request(Method.deleteSession, one.named)
        #expect(try journal.owner(of: one, by: .never) == nil)
        #expect(try journal.owner(of: two, by: .never) != nil)
        await server.stop()
        #expect(try journal.owner(of: two, by: .never) == nil)
    }

    /// Given back before the store has deleted the session, it would let another server load what is about to go.
    @Test func theLeaseOfADeletedSessionIsTakenBackByTheStoreAlone() async throws {
        let folder = try TemporaryDirectory("belayd")
        let store = ReleaseKeeper(try SQLiteJournal(folder: folder.path))
        let server = try await TestServer.start([ScriptedAgent()], in: folder, store: store)
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let (one, two) = (try await client.newSession(), try await client.newSession())
        try await client.request(Method.deleteSession, one.named)
        #expect(try store.owner(of: one, by: .never) == nil)
        await server.stop()
        #expect(store.released == [two])
    }

    /// A session that waits for this server to go on with it, and cannot be read here, is nobody's.
    @Test func theLeaseOfWhatCannotBeRecoveredIsGivenBack() async throws {
        let agent = ScriptedAgent()
        let first = try await TestServer.start([agent])
        let client = try await WireClient.greeted(by: first.local, as: "c")
        let session = try await client.newSession()
        client.prompt("hello", in: session)
        try await agent.say("begun")
        await first.stop()
        let journal = try SQLiteJournal(folder: first.folder.path)
        let store = HookedStore(
            journal, sessionLoaded: { session, _ throws(StoreError) in throw .damaged(session, "a page of it") })
        let server = try await TestServer.start([agent], in: first.folder, clock: first.clock, store: store)
        #expect(try journal.claimUnfinished(node: "other", limit: 9, ttl: .seconds(1), by: .never).count == 1)
        await server.stop()
    }

    /// What another server serves is said of that session alone, with the delay of the store; the others are attached.
    @Test func aSessionOfAnotherServerIsRefusedForNowAndTheOthersAreServed() async throws {
        let first = try await TestServer.start([FixedAgent.brief])
        let client = try await WireClient.greeted(by: first.local, as: "c")
        let (theirs, ours) = (try await client.newSession(), try await client.newSession())
        await first.stop()
        let store = HookedStore(
            try SQLiteJournal(folder: first.folder.path),
            sessionLoaded: { session, _ throws(StoreError) in
                guard session == theirs else { return }
                throw .notNow(.ownedElsewhere(session, by: "node-7"), retryAfter: .milliseconds(4_321))
            })
        let server = try await TestServer.start([FixedAgent.brief], in: first.folder, clock: first.clock, store: store)
        let requests = [theirs, ours].map { AttachRequest(session: $0, position: nil) }
        let fast = try await WireClient.connect(to: server.local, initialize: .of("d", resume: requests))
        let resumed = try InitializeResult(json: try await fast.answer(to: .number(0))).layer?.resumed ?? []
        try #require(resumed.count == 2)
        if case .refused(theirs, let error) = resumed[0] {
            #expect(error.verdict == .notNow(after: .milliseconds(4_321)))
            #expect(!error.message.contains("node-7"), "no client is told how servers are called")
        } else {
            Issue.record("\(resumed[0])")
        }
        if case .attached(let attached) = resumed[1] {
            #expect(attached.session == ours)
        } else {
            Issue.record("\(resumed[1])")
        }
        let refused = try await fast.refusal(Method.state, theirs.named)
        #expect(refused?.verdict == .notNow(after: .milliseconds(4_321)))
        #expect(fast.closure == nil)
        await server.stop()
    }
}

/// A store that keeps which leases were given back.
private final class ReleaseKeeper: ForwardingStore {
    let base: any JournalStore & TokenStore
    private let sessions = Mutex<[SessionID]>([])

    init(_ base: any JournalStore & TokenStore) { self.base = base }

    /// The sessions whose leases were given back, in order.
    var released: [SessionID] { sessions.withLock { $0 } }

    func release(_ leases: [Lease], by deadline: Deadline) throws(StoreError) {
        sessions.withLock { $0 += leases.map(\.session) }
        try base.release(leases, by: deadline)
    }
}
