import Agents
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// Questions of agents across drops, clients and restarts (`protocol.md` §9).
@Suite struct QuestionTests {
    private static func allow(_ option: String) -> JSON {
        ["outcome": ["outcome": "selected", "optionId": .string(option)]]
    }

    /// The questions that a client was asked, in order.
    private func asked(_ client: WireClient) -> [(id: RequestID, stamp: JSON?)] {
        client.messages.compactMap { message in
            guard case .request(let id, Method.requestPermission, let params) = message else { return nil }
            return (id, params.belay)
        }
    }

    /// The questions that were taken back from a client, in order.
    private func withdrawn(_ client: WireClient) -> [JSON] {
        client.messages.compactMap { message in
            guard case .notification(Method.cancelRequest, let params) = message else { return nil }
            return params["requestId"]
        }
    }

    private func resolutions(_ server: TestServer, _ session: SessionID) throws -> [Question.Resolution] {
        try server.journal(of: session).compactMap { entry in
            guard case .event(.requestResolved(let resolution)) = entry.body else { return nil }
            return resolution
        }
    }

    private func attach(_ server: TestServer, _ session: SessionID, as client: ClientID) async throws -> WireClient {
        let hello = InitializeRequest.of(client, resume: [AttachRequest(session: session, position: nil)])
        return try await WireClient.connect(to: server.local, initialize: hello)
    }

    @Test func aQuestionIsAskedAgainUnderItsKeyAndTheFirstAnswerWins() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "c1")
            let session = try await first.newSession()
            first.prompt("write it", in: session)
            agent.post(.ask("write"))
            #expect(await eventually { asked(first).count == 1 })
            let key = asked(first).first?.stamp?["requestKey"]
            #expect(asked(first).first?.stamp?["reissue"] == nil)
            #expect(asked(first).first?.stamp?["seq"]?.integer(in: .entry) != nil)
            first.abort()

            // Nobody is there; the agent waits. Two come, and both are asked, under the same name.
            let (again, other) = (
                try await attach(server, session, as: "c1"), try await attach(server, session, as: "c2")
            )
            #expect(await eventually { asked(again).count == 1 && asked(other).count == 1 })
            for client in [again, other] {
                #expect(asked(client).first?.stamp?["requestKey"] == key)
                #expect(asked(client).first?.stamp?["reissue"] == true)
            }
            #expect(agent.answers.isEmpty)
            other.respond(asked(other)[0].id, Self.allow("yes"))
            #expect(await eventually { agent.answers == [Self.allow("yes")] })
            #expect(
                await eventually {
                    again.messages.contains { message in
                        if case .notification(Method.cancelRequest, let params) = message {
                            params["requestId"] == asked(again)[0].id.json
                        } else {
                            false
                        }
                    }
                })
            again.respond(asked(again)[0].id, Self.allow("no"))
            try await agent.end()
            #expect(try resolutions(server, session).map(\.by) == ["c2"], "the second answer changes nothing")
        }
    }

    /// A client without the layer has nothing else that tells it to take its dialog away.
    @Test(arguments: [true, false])
    func whoeverLosesTheRaceIsToldToForgetItAndAPlainClientToo(plainWins: Bool) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let plain = try await WireClient.greeted(by: server.local)
            let session = try await plain.newSession()
            let prompt = plain.prompt("write it", in: session)
            let other = try await attach(server, session, as: "c")
            agent.post(.ask("write"))
            #expect(await eventually { asked(plain).count == 1 && asked(other).count == 1 })
            #expect(asked(plain).first?.stamp == nil)
            let (winner, loser) = plainWins ? (plain, other) : (other, plain)
            let won = try #require(asked(winner).first?.id)
            let lost = try #require(asked(loser).first?.id)
            winner.respond(won, Self.allow("yes"))
            #expect(await eventually { withdrawn(loser) == [lost.json] })
            loser.respond(lost, Self.allow("no"))
            #expect(await eventually { agent.answers == [Self.allow("yes")] })
            try await agent.end()
            #expect(try await plain.answer(to: prompt) == ["stopReason": "end_turn"])
            #expect(withdrawn(winner).isEmpty, "whoever answered has nothing to forget")
            let by: ClientID? = plainWins ? nil : "c"
            #expect(try resolutions(server, session).map(\.by) == [by])
            let heard = plain.messages.map(\.json.text).joined()
            #expect(!heard.contains("belay\":") && !heard.contains("_belay/"), "in ACP's own words")
        }
    }

    @Test func anAnswerThatWasNotOfferedLeavesItOpen() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            client.prompt("write it", in: session)
            agent.post(.ask("write"))
            #expect(await eventually { asked(client).count == 1 })
            client.respond(asked(client)[0].id, Self.allow("everything"))
            let again = try await attach(server, session, as: "c2")
            #expect(await eventually { asked(again).count == 1 })
            again.respond(asked(again)[0].id, Self.allow("no"))
            #expect(await eventually { agent.answers == [Self.allow("no")] })
            try await agent.end()
        }
    }

    @Test func cancellingAnswersForTheUser() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("write it", in: session)
            agent.post(.ask("write"))
            #expect(await eventually { asked(client).count == 1 })
            client.notify(Method.cancel, ["sessionId": .string(session.rawValue)])
            #expect(try await client.answer(to: prompt)["stopReason"] == "cancelled")
            #expect(try resolutions(server, session).map(\.answer) == [["outcome": ["outcome": "cancelled"]]])
            #expect(await eventually { await server.daemon.server.counters.agentsWaiting == 0 })
        }
    }

    @Test func aQuestionOutlivesTheServerAndIsNotAskedTwice() async throws {
        let agent = ScriptedAgent()
        let server = try await TestServer.start([agent])
        let client = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await client.newSession()
        client.prompt("write it", in: session)
        agent.post(.ask("write"))
        #expect(await eventually { asked(client).count == 1 })
        await server.stop()

        let next = ScriptedAgent()
        let again = try await TestServer.start([next], in: server.folder, clock: server.clock)
        let back = try await attach(again, session, as: "c")
        #expect(await eventually { asked(back).count == 1 })
        // The answer comes before the agent that goes on has asked again: then it is not asked a second time.
        back.respond(asked(back)[0].id, Self.allow("yes"))
        #expect(await eventually { (try? resolutions(again, session).count) == 1 })
        next.post(.ask("write"))
        #expect(await eventually { next.answers == [Self.allow("yes")] })
        try await next.end()
        #expect(asked(back).count == 1)
        #expect(try resolutions(again, session).count == 1)
        await again.stop()
    }
}
