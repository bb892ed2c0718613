import Journal
import Ledger
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

@testable import Server

/// A client leaves a session while entries of it are still to be read.
@Suite struct DetachedReplayTests {
    @Test func itHoldsUpNoOtherSession() async throws {
        let folder = try TemporaryDirectory("belayd")
        let gate = Gate()
        let holds = Atomic(false)
        let store = HookedStore(
            try SQLiteJournal(folder: folder.path),
            entriesRead: { _, entries throws(StoreError) in
                if holds.load(ordering: .relaxed) { gate.pass() }
                return entries
            })
        let server = try await TestServer.start([FixedAgent.brief], in: folder, store: store)
        defer { gate.open() }
        let writer = try await WireClient.greeted(by: server.local, as: "writer")
        var requests: [AttachRequest] = []
        for _ in 0..<3 {
            let session = try await writer.newSession()
            try await writer.converse(String(repeating: "long ", count: 1_000), in: session)
            let epoch = try #require(try server.epoch(of: session))
            requests.append(AttachRequest(session: session, position: Position(epoch: epoch, seq: 0)))
        }
        let others = [requests[0].session, requests[2].session]

        // One page is read at a time: that of the second session waits when it is left.
        holds.store(true, ordering: .relaxed)
        let client = try await WireClient.connect(to: server.local, initialize: .of("c", resume: requests))
        client.notify(Method.detach, requests[1].session.named)
        try await client.request(Method.ping, ["t": 1])
        gate.open()
        #expect(await eventually { client.fences.map(\.session) == others })
        try await client.request(Method.state, requests[0].session.named)
        await server.stop()
    }
}
