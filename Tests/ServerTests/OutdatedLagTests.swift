import Ledger
import ServerKit
import TestKit
import Testing
import Wire

@testable import Server

/// A connection says that its client lags, and that it has caught up, about one attach: a message that is older than the
/// newest attach would stop the session's part of it for good.
@Suite struct OutdatedLagTests {
    @Test func aNoticeOfAnEarlierAttachIsIgnored() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await server.client(of: "carol", as: "c")
            let session = try await client.newSession()
            _ = try await client.resume(session, from: nil)
            let services = server.daemon.server.services
            let actor = try #require(services.sessions[session])
            let connection = try #require(services.connections.all.first)
            let attach = try #require(await connection.watches[session]?.attach)
            #expect(attach == 2, "it was attached when it was made, and again")

            await actor.lagging(connection.id, through: 0, attach: attach - 1)
            try await client.converse("hello", in: session)

            // The same about the newest attach: nothing comes until the queue is said to be empty.
            let head = actor.summary.record.headSeq
            await actor.lagging(connection.id, through: head, attach: attach)
            let request = client.prompt("and again", in: session)
            #expect(await eventually { !actor.summary.isWorking && actor.summary.record.headSeq > head })
            #expect(client.messages.allSatisfy { $0.answered != request })
            await actor.drained(connection.id, attach: attach - 1)
            #expect(client.messages.allSatisfy { $0.answered != request })
            await actor.drained(connection.id, attach: attach)
            #expect(try await client.answer(to: request)["stopReason"] == "end_turn")
        }
    }
}

extension Message {
    /// The request that it answers.
    fileprivate var answered: RequestID? {
        switch self {
        case .response(let id, _), .failure(let id, _): id
        case .request, .notification: nil
        }
    }
}
