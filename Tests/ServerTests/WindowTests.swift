import Agents
import Journal
import Ledger
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Transport
import Wire

/// A lot was missed, or the server came back from an older copy.
@Suite struct WindowTests {
    private func attach(_ server: TestServer, _ request: AttachRequest) async throws -> (WireClient, AttachResult) {
        let client = try await WireClient.connect(
            to: server.local, initialize: InitializeRequest.of("c", resume: [request]))
        #expect(await eventually { !client.fences.isEmpty })
        guard case .response(_, let result)? = client.messages.first,
            case .attached(let attached)? = try InitializeResult(json: result).layer?.resumed.first
        else { throw RPCError.invalidParams("there was no greeting") }
        return (client, attached)
    }

    /// A session with as many notes of as many bytes.
    private func filled(_ server: TestServer, _ agent: ScriptedAgent, notes: Int, bytes: Int) async throws -> SessionID
    {
        let client = try await WireClient.greeted(by: server.local, as: "filler")
        let session = try await client.newSession()
        client.prompt("fill", in: session)
        let text = String(repeating: "x", count: bytes)
        try await agent.append(
            (1...notes).map { .event(.note("\($0) \(text)")) } + [.event(.memory(key: "k", value: 7))])
        try await agent.end()
        #expect(await eventually { (try? server.journal(of: session).last?.body.isEnd) == true })
        return session
    }

    @Test func theNewestComesFirstAndTheRestWhenItIsAskedFor() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let session = try await filled(server, agent, notes: 400, bytes: 500)
            let journal = try server.journal(of: session)
            let position = Position(epoch: try #require(try server.epoch(of: session)), seq: 2)
            let (client, attached) = try await attach(
                server, AttachRequest(session: session, position: position, window: 64 << 10))
            let missing = try #require(attached.missing)
            #expect(missing.range.lowerBound == 3 && missing.range.upperBound == attached.afterSeq)
            #expect(missing.state.memory == ["k": 7], "all that the journal adds up to comes with the answer")
            let bytes = try #require(client.fences.first?.bytes)
            #expect(bytes < 20_000, "a big gap costs no more than a small one")
            #expect(client.notices.first?.entry.from == attached.afterSeq + 1)
            #expect(client.notices.last?.entry.seq == journal.last?.seq)

            var fetched: [Entry] = []
            var gap = missing.range
            while true {
                let request = FillRequest(session: session, epoch: attached.epoch, range: gap)
                let entries = try FillResult.entries(
                    try await client.request(Method.fill, request.json), answering: request)
                fetched = entries + fetched
                guard let first = entries.first?.from, first > gap.lowerBound else { break }
                gap = gap.lowerBound...first - 1
            }
            let held = fetched + client.notices.map(\.entry)
            #expect(Entry.coalesced(held) == Entry.coalesced(journal.filter { $0.seq > 2 }))
        }
    }

    /// A gap in pages: all but the last are announced, and other requests are answered in between.
    @Test(arguments: [1, 2, 3, 32] as [Int64])
    func aGapComesInAsManyPagesAsAreAskedFor(pages: Int64) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let session = try await filled(server, agent, notes: 400, bytes: 800)
            let journal = try server.journal(of: session)
            let epoch = try #require(try server.epoch(of: session))
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let last = try #require(journal.last?.seq)
            var request = FillRequest(session: session, epoch: epoch, range: 1...last, pages: pages)
            let id = client.post(Method.fill, request.json)
            let ping = client.post(Method.ping, ["t": 1])
            let result = try await client.answer(to: id)
            try await client.answer(to: ping)
            var fetched: [Entry] = []
            let announced = client.messages.compactMap { message -> JSON? in
                guard case .notification(Method.filled, let params) = message else { return nil }
                return params
            }
            for page in announced + [result] {
                let entries = try FillResult.entries(page, answering: request)
                fetched = entries + fetched
                let first = try #require(entries.first?.from)
                if first > 1 { request.range = 1...first - 1 }
            }
            #expect(announced.allSatisfy { $0["requestId"] == id.json })
            // Some 330 kB of notes are five pages.
            #expect(announced.count == min(Int(pages), 5) - 1)
            let first = try #require(fetched.first?.from)
            #expect(Entry.coalesced(fetched) == Entry.coalesced(journal.filter { $0.seq >= first }))
            #expect((first == 1) == (pages > 5))
        }
    }

    /// The rest is not sent, and the request is answered; so is one behind it.
    @Test func aGapThatIsNotWantedAnyMoreEnds() async throws {
        let folder = try TemporaryDirectory("belayd")
        let (gate, holds) = (Gate(), Flag())
        let store = HookedStore(
            try SQLiteJournal(folder: folder.path),
            entriesRead: { _, entries throws(StoreError) in
                if holds.value.withLock({ $0 }) { gate.pass() }
                return entries
            })
        let agent = ScriptedAgent()
        let server = try await TestServer.start([agent], in: folder, store: store)
        defer { gate.open() }
        let session = try await filled(server, agent, notes: 20, bytes: 10)
        let epoch = try #require(try server.epoch(of: session))
        let client = try await WireClient.greeted(by: server.local, as: "c")
        holds.value.withLock { $0 = true }
        let request = FillRequest(session: session, epoch: epoch, range: 1...20, pages: 128)
        let ids = (0..<3).map { _ in client.post(Method.fill, request.json) }
        // The first one is being read, the second one waits, and nobody knows the last.
        for id in [ids[0], ids[1], .number(4_711)] { client.notify(Method.cancelRequest, ["requestId": id.json]) }
        try await client.request(Method.ping, ["t": 1])
        gate.open()
        for id in ids.prefix(2) {
            let error = await #expect(throws: RPCError.self) { try await client.answer(to: id) }
            #expect(error?.code == .requestCancelled)
        }
        #expect(try FillResult.entries(try await client.answer(to: ids[2]), answering: request).first?.from == 1)
        await server.stop()
    }

    /// The kernel takes little that cannot be sent, so that on a slow link an answer does not wait behind megabytes.
    @Test func aGapIsReadNoFasterThanItIsTaken() async throws {
        let folder = try TemporaryDirectory("belayd")
        let pages = Atomic(0)
        let store = HookedStore(
            try SQLiteJournal(folder: folder.path),
            entriesRead: { _, entries throws(StoreError) in
                pages.add(1, ordering: .relaxed)
                return entries
            })
        let agent = ScriptedAgent()
        let server = try await TestServer.start([agent], in: folder, store: store)
        let client = try await server.client(of: "carol", as: "c")
        let session = try await client.newSession()
        let prompt = client.prompt("fill", in: session)
        let text = String(repeating: "x", count: 20_000)
        try await agent.append((1...200).map { .event(.note("\($0) \(text)")) })
        try await agent.end()
        try await client.answer(to: prompt)

        let reader = try await server.client(of: "carol", as: "d")
        let epoch = try #require(try server.epoch(of: session))
        reader.stopReading()
        let before = pages.load(ordering: .relaxed)
        let request = FillRequest(session: session, epoch: epoch, range: 1...200, pages: 128)
        reader.post(Method.fill, request.json)
        #expect(await eventually { pages.load(ordering: .relaxed) > before })
        var read = 0
        while read != pages.load(ordering: .relaxed) - before {
            read = pages.load(ordering: .relaxed) - before
            try await Task.sleep(for: .milliseconds(300))
        }
        print("figure: \(read) pages of 60 kB are read for a client that reads nothing")
        #expect(read <= 16)
        await server.stop()
    }

    @Test func aSmallGapComesWhole() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let session = try await filled(server, agent, notes: 20, bytes: 100)
            let epoch = try #require(try server.epoch(of: session))
            let (_, attached) = try await attach(
                server,
                AttachRequest(session: session, position: Position(epoch: epoch, seq: 2), window: 64 << 10))
            #expect(attached.missing == nil && attached.afterSeq == 2)
        }
    }

    @Test func whatIsNotLackingCannotBeAskedFor() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let session = try await filled(server, agent, notes: 3, bytes: 10)
            let epoch = try #require(try server.epoch(of: session))
            let client = try await WireClient.greeted(by: server.local, as: "c")
            for request in [
                FillRequest(session: session, epoch: "another", range: 1...2),
                FillRequest(session: session, epoch: epoch, range: 1...1_000),
                FillRequest(session: "unknown", epoch: epoch, range: 1...2),
            ] {
                await #expect(throws: RPCError.self) { try await client.request(Method.fill, request.json) }
            }
        }
    }

    /// Lose three, write three: the numbers fit, and the entries are others (`failure-cases.md`, row 6).
    @Test(arguments: [256, 0])
    func aServerThatWasRestoredAndHasWrittenSinceIsFoundOut(tail: Int) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.limits.tailEntries = tail }) { server in
            let session = try await filled(server, agent, notes: 6, bytes: 10)
            let journal = try server.journal(of: session)
            let epoch = try #require(try server.epoch(of: session))
            let position = Position(epoch: epoch, seq: 5)
            let written = try #require(journal.first { $0.seq == 5 }).timestamp
            let (_, same) = try await attach(
                server, AttachRequest(session: session, position: position, timestamp: written))
            #expect(same.mode == .delta)
            let (client, other) = try await attach(
                server, AttachRequest(session: session, position: position, timestamp: written - 60_000))
            #expect(other.mode == .snapshot)
            #expect(client.notices.first?.entry.seq == 1)
        }
    }

    @Test(arguments: [true, false])
    func whoeverCannotBeVerifiedIsToldToComeBack(isInHeader: Bool) async throws {
        let folder = try TemporaryDirectory("belayd")
        let isBroken = Flag()
        let read: HookedStore.EntriesRead = { _, entries throws(StoreError) in
            if isBroken.value.withLock({ $0 }) { throw StoreError.failed("the disk does not answer") }
            return entries
        }
        let store = HookedStore(try SQLiteJournal(folder: folder.path), entriesRead: read)
        let agent = ScriptedAgent()
        let server = try await TestServer.start([agent], in: folder, store: store) { $0.limits.tailEntries = 0 }
        let session = try await filled(server, agent, notes: 6, bytes: 10)
        let epoch = try #require(try server.epoch(of: session))
        #expect(await eventually { await server.daemon.server.counters.connections == 1 })
        isBroken.value.withLock { $0 = true }
        let hello = InitializeRequest.of(
            "c", resume: [AttachRequest(session: session, position: Position(epoch: epoch, seq: 3), timestamp: 1)])
        if isInHeader {
            var refused: Refusal?
            do { _ = try await WireClient.connect(to: server.local, initialize: hello) } catch {
                if case DialError.refused(let refusal) = error { refused = refusal }
            }
            #expect(refused?.status == 503 && refused?.reason == "storage_failed" && refused?.retryAfter == 2_000)
        } else {
            let client = try await WireClient.connect(to: server.local)
            client.post(Method.initialize, hello.json)
            #expect(await eventually { client.closure != nil })
            #expect(client.closure?.code == .tryAgainLater && client.closure?.retryAfter == 2_000)
        }
        #expect(await eventually { await server.daemon.server.counters.connections == 1 }, "nothing is left over")
        await server.stop()
    }
}

/// A switch that the store's thread looks at.
private final class Flag: Sendable {
    let value = Mutex(false)
}
