import Ledger
import ServerKit
import TestKit
import Testing
import Wire

@testable import Server

/// A store tells in its own time of what another server has written: that may be long before this one has taken the
/// session over.
@Suite struct StaleNoticeTests {
    @Test func whatWasLoadedWithTheSessionIsNoReasonToLeaveIt() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("hello", in: session)
            try await agent.say("mine")
            let actor = try #require(server.daemon.server.services.sessions[session])
            let head = actor.summary.record.headSeq
            let upkeep = server.daemon.server.upkeep
            for old in [head, head - 1, 0] { upkeep.heard(.committed(session, head: old, by: "other")) }
            #expect(await !actor.isGone)
            try await agent.end()
            #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
            #expect(agent.cancelled == 0)

            // What it does not have was written by a server that has the session now.
            upkeep.heard(.committed(session, head: actor.summary.record.headSeq + 1, by: "other"))
            #expect(await eventually { client.closure?.code == .serviceRestart })
            #expect(await actor.isGone)
        }
    }
}
