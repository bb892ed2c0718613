import AgentKit
import Foundation
import TestKit
import Testing
import Wire

@testable import Agents

/// Sessions and turns with an agent that is a program of its own.
@Suite struct ACPSessionTests {
    @Test func whatItSaysIsCarriedAsItIs() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        #expect(try await peer.run("What is there?", on: session, host) == .endTurn)
        #expect(host.said == "It is there.\u{2028}", "a line separator of Unicode ends no message")
        let state = SessionState(folding: host.entries)
        #expect(state.plan.map(\.content) == ["look"])
        let call = try #require(state.toolCalls.first)
        #expect(call.id.rawValue.hasSuffix(".call_1") && call.status == .completed)
        #expect(call.locations == [ToolCall.Location(path: "/etc/hosts", line: 3)])
        #expect(call.content == [["type": "diff", "path": "/etc/hosts", "oldText": "a", "newText": "b"]])
        #expect(session.offers.commands.first?["name"] == "plan", "said behind the answer to session/new")
        #expect(session.offers.modes?["currentModeId"] == "fast")
        _ = try await session.set(.mode("slow"))
        #expect(session.offers.modes?["currentModeId"] == "slow")
        #expect(host.violations.isEmpty, "\(host.violations)")
        await session.close()
    }

    @Test func modesAndOptionsAreSetAndToldAsOptions() async throws {
        let (peer, host) = (try PeerAgent(["AGENT_OPTIONS": "1"]), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        func current(_ options: [JSON]) -> [String] { options.compactMap { ConfigOption($0)?.current } }
        #expect(current(session.offers.settings) == ["Fast", "Large"])
        #expect(current(try await session.set(.option("mode", "slow"))) == ["Slow", "Large"], "a mode is an option")
        #expect(current(try await session.set(.option("model", "small"))) == ["Slow", "Small"])
        #expect(current(try await session.set(.mode("fast"))) == ["Fast", "Small"])
        await #expect(throws: RPCError.invalidParams("there is no such model")) {
            try await session.set(.option("model", "huge"))
        }
        await #expect(throws: RPCError.self) { try await session.set(.option("colour", "red")) }
        let told = host.bodies.compactMap { body -> [String]? in
            guard case .update(.other(let json)) = body, json["sessionUpdate"] == "config_option_update" else {
                return nil
            }
            return current(json["configOptions"]?.array ?? [])
        }
        #expect(told.last == ["Fast", "Small"] && told.contains(["Slow", "Large"]))
        #expect(
            !host.bodies.contains { body in
                if case .update(.other(let json)) = body {
                    json["sessionUpdate"] == "current_mode_update"
                } else {
                    false
                }
            })
        await session.close()
    }

    @Test func aNewSessionIsSetAsTheOneBeforeItWas() async throws {
        let (peer, host) = (try PeerAgent(["AGENT_OPTIONS": "1"]), TestHost())
        var context = peer.context("lost")
        let model: JSON = [
            "id": "model", "name": "Model", "category": "model", "type": "select", "currentValue": "small",
            "options": [["value": "small", "name": "Small"]],
        ]
        let gone: JSON = ["id": "gone", "name": "Gone", "type": "boolean", "currentValue": true]
        context.options = [gone, model]
        context.mcpServers = [
            ["name": "files", "command": "/bin/files", "args": [], "env": []],
            ["name": "web", "type": "http", "url": "http://127.0.0.1/", "headers": []],
        ]
        let session = try await peer.agent().open(context, host: host)
        #expect(session.offers.settings.compactMap { ConfigOption($0)?.current } == ["Fast", "Small"])
        let opened = peer.received.first { $0["method"] == "session/new" }
        #expect(opened?["params"]?["mcpServers"] == .array([context.mcpServers[0]]), "only those that it reaches")
        var turn = peer.turn("hello")
        turn.trace = TraceContext(meta: ["traceparent": "00-a", "x": "1"])
        _ = try await session.prompt(turn)
        let prompt = peer.received.first { $0["method"] == "session/prompt" }
        #expect(prompt?["params"]?["_meta"] == ["traceparent": "00-a"])
        await session.close()
    }

    @Test func oddUpdatesAreSaidAndForgedOnesStripped() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        #expect(try await peer.run("odd", on: session, host) == .endTurn)
        #expect(host.notes.count == 1 && host.notes.first?.contains("cannot be read") == true, "\(host.notes)")
        let title = host.bodies.compactMap { body in
            if case .update(.other(let json)) = body, json["title"] != nil { json } else { nil }
        }
        #expect(title == [["sessionUpdate": "session_info_update", "title": "A title", "_meta": ["x": 1]]])
        #expect(host.said == "Done.")
        await session.close()
    }

    @Test(arguments: ["resume", "load"])
    func itGoesOnWithItsSession(by way: String) async throws {
        let peer = try PeerAgent(["AGENT_GOES_ON": way])
        let first = TestHost()
        let session = try await peer.agent().open(peer.context(), host: first)
        #expect(first.calls.contains(.remember("own-1")))
        _ = try await peer.run("What is there?", on: session, first)
        await session.close()

        let second = TestHost()
        let resumed = try await peer.agent().open(peer.context("own-1"), host: second)
        #expect(second.said.isEmpty, "what it repeats is in the journal already: \(second.said)")
        _ = try await peer.run("repeat this", on: resumed, second)
        #expect(second.said == "repeat this", "it knows the conversation, and is given no transcript")
        #expect(!second.calls.contains { if case .remember = $0 { true } else { false } })
        await resumed.close()
    }

    @Test(arguments: [[:], ["AGENT_GOES_ON": "resume"], ["AGENT_GOES_ON": "load"]])
    func anAgentThatForgotIsGivenTheTranscript(_ environment: [String: String]) async throws {
        let (peer, host) = (try PeerAgent(environment), TestHost())
        let session = try await peer.agent().open(peer.context("own-7"), host: host)
        #expect(host.calls.contains(.remember("own-1")))
        #expect(host.notes.count == 1, "the user is told: \(host.notes)")
        let history = [
            HistoryMessage(id: "m1", role: .user, content: [.text("My name is Ada")], timestamp: 1, seq: 1),
            HistoryMessage(id: "m2", role: .assistant, content: [.text("Hello Ada")], timestamp: 2, seq: 2),
        ]
        host.begin("turn")
        _ = try await session.prompt(peer.turn("repeat who am I?", history: history))
        #expect(host.said.contains("[user]\nMy name is Ada\n\n[assistant]\nHello Ada"))
        #expect(host.said.hasSuffix("\nrepeat who am I?"))
        let said = host.said
        host.begin("next")
        _ = try await session.prompt(peer.turn("repeat once", id: "next", history: history))
        #expect(host.said == said + "repeat once", "once is enough")
        await session.close()
    }

    @Test(arguments: [("die", Int64?(3), Int64?.none), ("die signal", nil, 9)])
    func itsDeathIsToldWithItsLastWords(_ prompt: String, code: Int64?, signal: Int64?) async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        let failure = await #expect(throws: (any Error).self) { try await peer.run(prompt, on: session, host) }
        let exit = AgentExit(code: code, signal: signal, lines: ["cannot go on", "fatal: out of ideas"])
        #expect(host.calls.last == .exit(exit))
        #expect((failure as? any TurnError)?.sentence == "\(exit.sentence): fatal: out of ideas")
        #expect(host.said == "I was about ", "what it had said is kept")
        await #expect(throws: (any Error).self) { try await peer.run("again", on: session, host) }
        await session.close()
        #expect(host.violations.isEmpty, "\(host.violations)")
    }

    @Test func anAgentThatClosesItsOutputIsEnded() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        await #expect(throws: (any Error).self) { try await peer.run("mute", on: session, host) }
        #expect(await eventually { peer.processes.isEmpty })
    }

    @Test func nothingOfAnAgentThatHearsNothingIsLeft() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        host.begin("turn")
        let turn = Task { try await session.prompt(peer.turn("hang")) }
        #expect(
            await eventually { peer.processes.count >= 3 },
            "the guard, the agent, and a command in a session of its own")
        session.cancel("turn")
        let clock = ContinuousClock()
        let begun = clock.now
        await session.close()
        #expect(clock.now - begun < type(of: session).closeMaximum)
        #expect(peer.processes.isEmpty)
        await #expect(throws: (any Error).self) { try await turn.value }
        #expect(!host.calls.contains { if case .exit = $0 { true } else { false } }, "it was told to end")
    }

    @Test func severalSessionsShareAProcess() async throws {
        let (peer, hosts) = (try PeerAgent(), [TestHost(), TestHost()])
        let agent = peer.agent(isShared: true)
        let first = try await agent.open(peer.context(), host: hosts[0])
        let second = try await agent.open(peer.context(), host: hosts[1])
        #expect(peer.processes.count == 2, "the guard and the agent")
        _ = try await peer.run("repeat one", on: first, hosts[0])
        _ = try await peer.run("repeat two", on: second, hosts[1])
        #expect(hosts[0].said == "repeat one" && hosts[1].said == "repeat two")
        await first.close()
        _ = try await peer.run("repeat three", on: second, hosts[1])
        await second.close()
        #expect(peer.processes.isEmpty, "the last session ends it")
        let third = try await agent.open(peer.context(), host: TestHost())
        #expect(!peer.processes.isEmpty)
        await third.close()
    }

    @Test func aMessageThatIsTooLongEndsTheAgent() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        let failure = await #expect(throws: (any Error).self) { try await peer.run("flood 13", on: session, host) }
        #expect(
            (failure as? any TurnError)?.sentence.contains("more than 12 MiB") == true, "\(String(describing: failure))"
        )
        #expect(await eventually { peer.processes.isEmpty })
        let other = try await peer.agent().open(peer.context(), host: host)
        #expect(try await peer.run("flood 11", on: other, host) == .endTurn, "the server says what is left out")
        await other.close()
    }

    /// It asks for a thousand files and reads none: what waits for it is bounded, and its session can be closed.
    @Test func anAgentThatDoesNotReadCostsLittle() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        try String(repeating: "x", count: 1 << 20).write(
            toFile: "\(peer.folder.path)/large", atomically: true, encoding: .utf8)
        let session = try await peer.agent().open(peer.context(), host: host)
        host.begin("turn")
        let turn = Task { try await session.prompt(peer.turn("deaf \(peer.folder.path)")) }
        let connection = try #require((session as? ACPSession)?.process.connection)
        #expect(await eventually { connection.waitingBytes >= ACPOutgoing.roomBytes })
        session.cancel("turn")
        #expect(connection.waitingBytes < ACPOutgoing.roomBytes + (2 << 20), "room, and one answer more")
        await session.close()
        await #expect(throws: (any Error).self) { try await turn.value }
        #expect(await eventually { peer.processes.isEmpty })
    }

    /// Identifiers are any strings in ACP; the journal's are names.
    @Test func oddIdentifiersLoseNothing() throws {
        let translation = ACPTranslation("own-1")
        for own in ["call 1", String(repeating: "x", count: 300), "ü", ""] {
            let call: JSON = ["sessionUpdate": "tool_call", "toolCallId": .string(own), "title": "t"]
            let said: JSON = [
                "sessionUpdate": "agent_message_chunk", "messageId": .string(own),
                "content": ["type": "text", "text": "x"],
            ]
            for update in [call, said] {
                let body = try #require(try translation.body(of: update))
                #expect(try EncodedEntry(Entry(seq: 1, timestamp: 1, body: body)).decoded().body == body)
            }
        }
    }

    @Test func aTranscriptIsGivenUntilAPromptHasCarriedIt() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context("own-7"), host: host)
        let history = [HistoryMessage(id: "m", role: .user, content: [.text("I am Ada")], timestamp: 1, seq: 1)]
        host.begin("turn")
        await #expect(throws: (any Error).self) { try await session.prompt(peer.turn("refuse", history: history)) }
        host.begin("next")
        _ = try await session.prompt(peer.turn("repeat who?", id: "next", history: history))
        #expect(host.said.contains("I am Ada"), "the agent that refused did not take it")
        await session.close()
    }

    @Test func whoeverOpensTogetherSharesAProcessAndGoesOn() async throws {
        let peer = try PeerAgent(["AGENT_GOES_ON": "resume"])
        try Data().write(to: URL(fileURLWithPath: peer.directory.path("state/own-5")))
        try Data().write(to: URL(fileURLWithPath: peer.directory.path("state/own-6")))
        let agent = peer.agent(isShared: true)
        let hosts = [TestHost(), TestHost()]
        async let first = agent.open(peer.context("own-5"), host: hosts[0])
        async let second = agent.open(peer.context("own-6"), host: hosts[1])
        let sessions = [try await first, try await second]
        #expect(peer.processes.count == 2, "the guard and the agent")
        for (session, host) in zip(sessions, hosts) {
            #expect(try await peer.run("repeat here", on: session, host) == .endTurn)
            #expect(host.said == "repeat here" && host.notes.isEmpty, "it goes on with its session")
        }
        // A turn that does not hear its cancel ends with its session, and the others go on.
        hosts[0].begin("turn")
        let hanging = Task { try await sessions[0].prompt(peer.turn("wait")) }
        #expect(await eventually { peer.received.last?["method"] == "session/prompt" })
        await sessions[0].close()
        await #expect(throws: (any Error).self) { try await hanging.value }
        #expect(try await peer.run("repeat again", on: sessions[1], hosts[1]) == .endTurn)
        await sessions[1].close()
        #expect(await eventually { peer.processes.isEmpty })
    }
}
