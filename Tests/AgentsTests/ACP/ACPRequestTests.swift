import AgentKit
import Foundation
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
