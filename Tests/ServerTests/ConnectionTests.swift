import Agents
import FaultProxy
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// Connections that take over from one another, and connections that are slow.
@Suite struct ConnectionTests {
    @Test func aNewConnectionOfAClientTakesOverWithItsFirstFrameAndNotBefore() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let old = try await WireClient.greeted(by: server.local, as: "one")
            let session = try await old.newSession()
            let other = try await WireClient.greeted(by: server.local, as: "two")
            let new = try await WireClient.connect(
                to: server.local, initialize: .of("one", resume: [AttachRequest(session: session, position: nil)]))
            #expect(new.isGreeted)
            #expect(await eventually { !new.fences.isEmpty })
            try await old.request(Method.ping, [:])
            #expect(old.closure == nil, "an attach by the fast path may be raced without harm")

            try await new.request(Method.ping, [:])
            #expect(await eventually { old.closure != nil })
            #expect(old.closure?.code == .superseded)
            #expect(old.closure?.isRetryable == false)
            try await other.request(Method.ping, [:])
            #expect(await server.daemon.server.counters.connections == 2)
            #expect(await server.daemon.server.counters.subscribers == 1)
        }
    }

    @Test func aConnectionThatSaysInitializeInAFrameTakesOverToo() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let old = try await WireClient.greeted(by: server.local, as: "one")
            let new = try await WireClient.greeted(by: server.local, as: "one")
            #expect(await eventually { old.closure?.code == .superseded })
            try await new.request(Method.ping, [:])
            #expect(await server.daemon.server.counters.connections == 1)
        }
    }

    @Test func theSameNameOfAnotherUserIsAnotherClient() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let alice = try await WireClient.greeted(
                by: server.endpoint, token: try server.token(for: "alice").text, as: "one")
            let bob = try await WireClient.greeted(
                by: server.endpoint, token: try server.token(for: "bob").text, as: "one")
            try await bob.request(Method.ping, [:])
            try await alice.request(Method.ping, [:])
            #expect(alice.closure == nil)
        }
    }

    /// The fast path: everything that was missed comes with the 101, in one piece, and the fence behind it.
    @Test func theFastPathBringsWhatWasMissedWithoutAWord() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await first.newSession()
            first.prompt("hello", in: session)
            try await agent.say("one ")
            #expect(await eventually { first.agentText == "one " })
            let seen = try #require(first.notices.last?.entry.seq)
            let epoch = try #require(first.fences.first?.position.epoch)
            first.abort()
            try await agent.say("two ")
            try await agent.say("three")
            try await agent.end()
            #expect(await eventually { (try? server.journal(of: session).last?.body.isEnd) ?? false })

            let position = Position(epoch: epoch, seq: seen)
            let second = try await WireClient.connect(
                to: server.local, initialize: .of("c", resume: [AttachRequest(session: session, position: position)]))
            #expect(await eventually { !second.fences.isEmpty })
            let result = try InitializeResult(json: try await second.answer(to: .number(0)))
            guard case .attached(let attached)? = result.layer?.resumed.first else {
                Issue.record("not attached: \(result)")
                return
            }
            #expect(attached.mode == .delta)
            #expect(attached.afterSeq == seen)
            #expect(second.messages.first.map(isResponse) == true, "the answer comes first")
            #expect(second.agentText == "two three")
            #expect(second.notices.allSatisfy { $0.isReplay })
            #expect(second.notices.first?.entry.from == seen + 1)
            #expect(second.fences.map(\.position.seq) == [attached.headSeq])
            #expect(second.fences.first?.events == Int64(second.notices.count))
        }
    }

    @Test(arguments: [Position(epoch: "other", seq: 1), Position(epoch: "", seq: 1_000_000)])
    func aPositionThatTheJournalDoesNotKnowGetsASnapshotAndNeverAGuess(position: Position) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await first.newSession()
            let prompt = first.prompt("hello", in: session)
            try await agent.say("all of it")
            try await agent.end()
            try await first.answer(to: prompt)
            let epoch = try #require(first.fences.first?.position.epoch)
            let claimed = Position(epoch: position.epoch == "" ? epoch : position.epoch, seq: position.seq)
            let second = try await WireClient.greeted(by: server.local, as: "d")
            let attached = try await second.resume(session, from: claimed)
            #expect(attached.mode == .snapshot)
            #expect(attached.afterSeq == 0)
            #expect(await eventually { !second.fences.isEmpty })
            #expect(second.notices.map(\.entry) == Entry.coalesced(try server.journal(of: session)))
        }
    }

    @Test func aSlowReaderIsCaughtUpInOneRunAndNobodyWaitsForIt() async throws {
        let agent = ScriptedAgent()
        let pieces = 64
        let text = String(repeating: "0123456789abcdef", count: 8_192)
        try await withServer([agent], change: { $0.outgoingBytesMaximum = 64 << 10 }) { server in
            // Over TCP the system itself gives a peer up that takes nothing for four seconds.
            let proxy = try await FaultProxy.start(upstream: .unix(path: server.folder.path("socket")))
            let slow = try await WireClient.greeted(
                by: Endpoint(address: .host("127.0.0.1", port: proxy.port)), as: "slow")
            let session = try await slow.newSession()
            let quick = try await WireClient.greeted(by: server.local, as: "quick")
            _ = try await quick.resume(session, from: nil)
            await proxy.blackhole(.toClient)
            quick.prompt("a long answer", in: session)
            for number in 0..<pieces {
                // Whoever waited for the slow reader would not get past the bound: the step is over when it is stored.
                try await agent.append([
                    .update(.agentMessage(ContentChunk(messageID: MessageID("m\(number)"), content: .text(text))))
                ])
            }
            try await agent.end()
            #expect(await eventually { quick.notices.last?.entry.body.isEnd ?? false }, "the quick one has it all")
            #expect(slow.notices.isEmpty)

            await proxy.heal()
            #expect(await eventually { slow.notices.last?.entry.body.isEnd ?? false })
            var expected: Seq = 1
            for notice in slow.notices {
                #expect(notice.entry.from == expected)
                expected = notice.entry.seq + 1
            }
            #expect(slow.notices.contains { $0.isReplay }, "what did not fit was dropped and fetched again")
            #expect(slow.agentText.utf8.count == pieces * text.utf8.count)
            #expect(slow.closure == nil)
            try await proxy.stop()
        }
    }

    private func isResponse(_ message: Message) -> Bool {
        if case .response = message { true } else { false }
    }
}
