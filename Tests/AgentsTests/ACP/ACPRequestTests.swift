import AgentKit
import Agents
import Foundation
import Synchronization
import TestKit
import Testing
import Wire

@testable import Agents

/// What an agent that is a program of its own asks of its client.
@Suite struct ACPRequestTests {
    /// The answer of the client to a method, as the agent got it.
    private static func call(_ method: String, _ params: JSON, in peer: PeerAgent) async throws -> JSON {
        let host = TestHost()
        let session = try await peer.agent().open(peer.context(), host: host)
        _ = try await peer.run("call \(method) \(params.text)", on: session, host)
        await session.close()
        #expect(host.violations.isEmpty, "\(host.violations)")
        return try JSON(parsing: host.said)
    }

    // MARK: Questions

    /// The name of the first question of the agent's tool call.
    private static let question = ACPTranslation("own-1").identifier("call_1") + "#1"

    @Test(
        "a rule answers in the user's place, with an option that holds once, and the journal says which",
        arguments: [
            (PermissionRule.Action.allow, Optional("yes")), (.deny, "no"), (.ask, nil),
        ])
    func ruled(_ action: PermissionRule.Action, _ option: String?) async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let agent = peer.agent(permissions: [PermissionRule(action, kinds: [.delete])])
        let session = try await agent.open(peer.context(), host: host)
        _ = try await peer.run("ask", on: session, host)
        #expect(host.said.contains(#""optionId": "\#(option ?? "yes")""#), "\(host.said)")
        #expect(host.questions.isEmpty == (option != nil))
        let decisions = host.bodies.compactMap { body -> JSON? in
            if case .event(.other("permission", let data)) = body { data["decision"] } else { nil }
        }
        #expect(decisions == (option == nil ? [] : [.string(action.rawValue)]))
        await session.close()
    }

    @Test func aQuestionHasItsOwnNameEachTime() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        #expect(try await peer.run("ask 2", on: session, host) == .endTurn)
        let names = host.questions
        #expect(names.count == 2 && Set(names).count == 2 && names.allSatisfy { $0.contains("call_1#") }, "\(names)")
        #expect(host.said.contains(#"{"optionId": "yes", "outcome": "selected"}"#))
        await session.close()
    }

    @Test func aCancelAnswersAQuestion() async throws {
        let peer = try PeerAgent()
        let host = TestHost(question: Self.question)
        let session = try await peer.agent().open(peer.context(), host: host)
        host.begin("turn")
        async let end = session.prompt(peer.turn("ask"))
        #expect(await eventually { host.wasAsked(Self.question) })
        session.cancel("turn")
        // The server answers what is open when a turn is cancelled.
        host.withdraw(Self.question, in: "turn")
        #expect(try await end.reason == .cancelled)
        await session.close()
    }

    @Test func aMethodThatThereIsNotIsRefused() async throws {
        let answer = try await Self.call("_vendor/thing", [:], in: try PeerAgent())
        #expect(answer["error"]?["code"] == -32601)
    }

    // MARK: Files

    @Test func filesAreReadAndWritten() async throws {
        let peer = try PeerAgent()
        let path = "\(peer.folder.path)/new/folder/note.txt"
        #expect(
            try await Self.call("fs/write_text_file", ["path": .string(path), "content": "a\nb\nc\n"], in: peer) == [:])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "a\nb\nc\n")
        #expect(try await Self.call("fs/read_text_file", ["path": .string(path)], in: peer) == ["content": "a\nb\nc\n"])
        #expect(
            try await Self.call("fs/read_text_file", ["path": .string(path), "line": 2, "limit": 1], in: peer)
                == ["content": "b\n"])
        chmod(path, 0o640)
        _ = try await Self.call("fs/write_text_file", ["path": .string(path), "content": "new"], in: peer)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o640, "a file keeps its mode")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(peer.folder.path)/new/folder") == ["note.txt"])
    }

    @Test(arguments: ["fs/read_text_file", "fs/write_text_file"])
    func nothingOutsideOfTheFolderIsTouched(by method: String) async throws {
        let peer = try PeerAgent()
        let (shop, secret) = (peer.folder.path, peer.directory.path("secret"))
        try "secret".write(toFile: secret, atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: "\(shop)/link", withDestinationPath: secret)
        try FileManager.default.createSymbolicLink(atPath: "\(shop)/up", withDestinationPath: peer.directory.path)
        for path in [
            secret, "\(shop)/../secret", "\(shop)/link", "\(shop)/up/secret", "secret", "\(shop)/", shop,
            "\(shop)//x", "\(shop)/./x",
        ] {
            let answer = try await Self.call(method, ["path": .string(path), "content": "mine"], in: peer)
            #expect(answer["error"]?["message"]?.string?.isEmpty == false, "\(path): \(answer)")
        }
        #expect(try String(contentsOfFile: secret, encoding: .utf8) == "secret")
    }

    // MARK: Terminals

    @Test func aCommandRunsAndItsToolCallShowsIt() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        _ = try await peer.run("run echo to; echo and >&2; pwd; exit 3", on: session, host)
        let said = try JSON(parsing: host.said)
        #expect(said.array?.first == ["exitCode": 3, "signal": .null])
        let output = said.array?.last?["output"]?.string ?? ""
        #expect(output.contains("to\n") && output.contains("and\n") && output.contains(peer.folder.path), "\(output)")
        let call = SessionState(folding: host.entries).toolCalls.last
        #expect(
            call?.content?.first?["content"]?["text"]?.string?.contains("to\n") == true, "\(String(describing: call))")
        await session.close()
    }

    @Test func whatACommandPrintsIsShownWhileItRuns() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        let gate = peer.directory.path("gate")
        let turn = Task {
            try await peer.run(
                "run echo first; until [ -e \(gate) ]; do sleep 0.05; done; echo last", on: session, host)
        }
        let shown = { @Sendable (words: String) in
            SessionState(folding: host.entries).toolCalls.last?.content?.first?["content"]?["text"]?.string?
                .contains(words) == true
        }
        #expect(await eventually { shown("first\n") })
        #expect(SessionState(folding: host.entries).toolCalls.last?.status == .inProgress)
        #expect(FileManager.default.createFile(atPath: gate, contents: nil))
        _ = try await turn.value
        #expect(shown("last\n"))
        await session.close()
    }

    // MARK: Files and terminals of clients

    @Test(arguments: [
        (ClientCallOutcome.done(["content": "not saved"], by: ClientPeer("editor")), "not saved"),
        (.nobody, "on disk"), (.gone, "on disk"),
        (.refused(RPCError(.internalError, "long", reason: ClientCall.tooLong)), "on disk"),
        (.refused(RPCError(.resourceNotFound, "closed")), "closed"),
    ])
    func aFileIsTheClientsOrElseTheHosts(outcome: ClientCallOutcome, text: String) async throws {
        let peer = try PeerAgent()
        let path = peer.folder.path + "/notes"
        try "on disk".write(toFile: path, atomically: true, encoding: .utf8)
        let asked = Mutex<[JSON]>([])
        let host = TestHost(client: { _, params in
            asked.withLock { $0.append(params) }
            return outcome
        })
        let session = try await peer.agent().open(peer.context(), host: host)
        _ = try await peer.run(#"call fs/read_text_file {"path":"\#(path)","limit":3}"#, on: session, host)
        let want = text == "on disk" ? "on disk" : text
        #expect(host.said.contains(want), "\(host.said)")
        #expect(asked.withLock { $0.first?["path"] } == .string(path))
        await session.close()
    }

    @Test func aCommandOfAClientIsItsOwnAndIsJournaledWhenItHasEnded() async throws {
        let peer = try PeerAgent()
        let editor = ClientPeer("editor")
        let calls = Mutex<[String]>([])
        let host = TestHost(client: { method, params in
            calls.withLock { $0.append(method) }
            switch method {
            case Method.createTerminal:
                guard params["cwd"] == .string(peer.folder.path) else { return .refused(.invalidParams("\(params)")) }
                return .done(["terminalId": "edit-1"], by: editor)
            case Method.waitForTerminal: return .done(["exitCode": 0, "signal": .null], by: editor)
            case Method.terminalOutput: return .done(["output": "printed\u{1B}[31m", "truncated": false], by: editor)
            default: return .done([:], by: editor)
            }
        })
        let session = try await peer.agent().open(peer.context(), host: host)
        _ = try await peer.run("run make", on: session, host)
        #expect(try JSON(parsing: host.said).array?.first?["exitCode"] == 0)
        let bodies = host.bodies.compactMap { body -> JSON? in
            if case .update(.toolCall(let call)) = body { call.content?.first } else { nil }
        }
        #expect(bodies == [["type": "terminal", "terminalId": "edit-1"]], "the client knows its terminal")
        let text = SessionState(folding: host.entries).toolCalls.last?.content?.first?["content"]?["text"]?.string
        #expect(text?.hasPrefix("```\nprinted") == true && text?.contains("\u{1B}") == false, "\(text ?? "")")
        #expect(calls.withLock { $0.last } == Method.releaseTerminal)
        await session.close()
    }

    @Test func aClientThatHasGoneDoesNotRunACommandTwice() async throws {
        let peer = try PeerAgent()
        let host = TestHost(client: { _, _ in .gone })
        let session = try await peer.agent().open(peer.context(), host: host)
        _ = try await peer.run(#"call terminal/create {"command":"touch here"}"#, on: session, host)
        #expect(host.said.contains("went away"), "\(host.said)")
        #expect(!FileManager.default.fileExists(atPath: peer.folder.path + "/here"))
        await session.close()
    }

    @Test func aTerminalThatIsReleasedOrLeftIsEnded() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        let mark = #""env":[{"name":"AGENT_HOME","value":"\#(peer.directory.path)"}]"#
        let create = #"call terminal/create {"command":"setsid sleep 600 & sleep 600",\#(mark)}"#
        _ = try await peer.run(create, on: session, host)
        #expect(try JSON(parsing: host.said)["terminalId"] == "terminal-1")
        #expect(await eventually { peer.processes.count >= 5 }, "two guards, the agent, a shell and its commands")
        _ = try await peer.run(#"call terminal/kill {"terminalId":"terminal-1"}"#, on: session, host)
        #expect(await eventually { peer.processes.count == 2 }, "the agent and its guard")
        _ = try await peer.run(create, on: session, host)
        await session.close()
        #expect(await eventually { peer.processes.isEmpty })
    }

    @Test(arguments: [
        ("terminal/create", #"{"command":"ls","cwd":"/"}"#), ("terminal/create", #"{"command":""}"#),
        ("terminal/create", #"{"command":"ls","env":[{"name":"a=b","value":"c"}]}"#),
        ("terminal/create", #"{"command":"ls","cwd":"/nowhere"}"#),
        ("terminal/output", #"{"terminalId":"terminal-9"}"#), ("terminal/output", "{}"),
    ])
    func whatATerminalMayNotIsRefused(_ method: String, _ params: String) async throws {
        let answer = try await Self.call(method, try JSON(parsing: params), in: try PeerAgent())
        #expect(answer["error"]?["message"]?.string?.isEmpty == false, "\(answer)")
    }

    @Test func anAgentThatDiesWhileItWaitsForACommandEndsItsTurn() async throws {
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        host.begin("turn")
        let turn = Task { try await session.prompt(peer.turn("run sleep 600")) }
        #expect(await eventually { !SessionState(folding: host.entries).toolCalls.isEmpty })
        for process in peer.processes { kill(process, SIGKILL) }
        await #expect(throws: (any Error).self) { try await turn.value }
        #expect(host.calls.contains { if case .exit = $0 { true } else { false } })
        await session.close()
    }
}
