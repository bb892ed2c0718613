import Agents
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Prompts and their turns: each once, in order, bounded (`protocol.md` §8).
@Suite struct TurnTests {
    @Test func promptsWaitInOrderForTheTurnBeforeThem() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompts = (1...3).map { client.prompt("question \($0)", in: session) }
            for (number, prompt) in prompts.enumerated() {
                #expect(await eventually { agent.turns.count == number + 1 })
                #expect(agent.turns.last?.text == "question \(number + 1)")
                try await agent.say("answer \(number + 1). ")
                try await agent.end()
                let answer = try await client.answer(to: prompt)
                #expect(answer["stopReason"] == "end_turn")
                #expect(answer.belay?["joined"] == false)
            }
            #expect(client.agentText == "answer 1. answer 2. answer 3. ")
            // An answer never overtakes the entries that it is about.
            let ends = try server.journal(of: session).filter(\.body.isEnd).map(\.seq)
            #expect(ends.count == 3)
            #expect(client.notices.map(\.entry.seq) == Array(1...(ends.last ?? 0)))
        }
    }

    @Test func oneMorePromptThanMayWaitIsRefusedAndNothingElseIsLost() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.limits.turnsQueued = 2 }) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let running = client.prompt("1", in: session)
            #expect(await eventually { agent.turns.count == 1 })
            let waiting = [client.prompt("2", in: session), client.prompt("3", in: session)]
            let refused = client.prompt("4", in: session)
            await #expect(throws: RPCError.self) { try await client.answer(to: refused) }
            for prompt in [running] + waiting {
                try await agent.end()
                #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
            }
            #expect(agent.turns.map(\.text) == ["1", "2", "3"])
        }
    }

    @Test func theSameKeyJoinsTheTurnAndGetsItsAnswerAlsoLater() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let first = client.prompt("once", in: session, key: "k1")
            let second = client.prompt("once", in: session, key: "k1")
            try await agent.say("said once")
            try await agent.end()
            let (told, joined) = (try await client.answer(to: first), try await client.answer(to: second))
            #expect(told.belay?["turnId"] == joined.belay?["turnId"])
            #expect(joined.belay?["joined"] == true)

            let other = try await WireClient.greeted(by: server.local, as: "d")
            let third = try await other.answer(to: other.prompt("once", in: session, key: "k1"))
            #expect(third.belay?["joined"] == true)
            #expect(third.belay?["seq"] == told.belay?["seq"])
            #expect(agent.turns.count == 1)
            do {
                _ = try await other.answer(to: other.prompt("something else", in: session, key: "k1"))
                Issue.record("another prompt under a known key was taken")
            } catch let error as RPCError {
                #expect(error.code == .invalidParams)
                #expect(error.data?["belay"]?["reason"] == "idempotency_conflict")
            }
        }
    }

    @Test func aCancelEndsTheTurnThatItNamesAndNoOther() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let first = client.prompt("1", in: session)
            try await agent.say("part")
            let turn = try #require(agent.turns.first?.id)
            let second = client.prompt("2", in: session)
            client.send(cancel(session, turn))
            #expect(try await client.answer(to: first)["stopReason"] == "cancelled")
            #expect(await eventually { agent.turns.count == 2 })
            // The same cancel once more, as from an outbox in which it was stuck.
            client.send(cancel(session, turn))
            try await agent.say("whole")
            try await agent.end()
            #expect(try await client.answer(to: second)["stopReason"] == "end_turn")
            #expect(client.agentText == "partwhole", "what was said before a cancel is kept")
        }
    }

    @Test func aFailedTurnSaysWhyAndTheNextOneBegins() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let first = client.prompt("1", in: session)
            let second = client.prompt("2", in: session)
            try await agent.say("partial")
            try await agent.fail("the index is gone")
            do {
                _ = try await client.answer(to: first)
                Issue.record("a failed turn was answered as if it were none")
            } catch let error as RPCError {
                #expect(error.data?["belay"]?["reason"] == "turn_failed")
                #expect(error.message.contains("the index is gone"))
            }
            try await agent.end()
            #expect(try await client.answer(to: second)["stopReason"] == "end_turn")
            #expect(await server.daemon.server.counters.turns == 0)
        }
    }

    @Test func everyoneWhoWatchesSeesTheSame() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await first.newSession()
            let second = try await WireClient.greeted(by: server.local, as: "d")
            _ = try await second.resume(session, from: nil)
            let prompt = first.prompt("hello", in: session, key: "k")
            try await agent.say("to both")
            try await agent.end()
            try await first.answer(to: prompt)
            #expect(await eventually { second.notices.count == first.notices.count })
            #expect(first.notices.map(\.entry) == second.notices.map(\.entry))
            #expect(first.notices.first?.entry.clientMessageID == "k", "the echo is the receipt")
            #expect(first.notices.map(\.entry) == (try server.journal(of: session)))
        }
    }

    private func cancel(_ session: SessionID, _ turn: TurnID) -> Message {
        .notification(
            method: Method.cancel,
            params: [
                "sessionId": .string(session.rawValue), "_meta": ["belay": ["turnId": .string(turn.rawValue)]],
            ])
    }
}
