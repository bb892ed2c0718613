import AgentKit
import Agents
import Foundation
import TestKit
import Testing
import Wire

/// Every message between the host and an agent is one of the published schema.
@Suite struct ACPSchemaTests {
    private static let parameters = [
        "initialize": "InitializeRequest", "authenticate": "AuthenticateRequest", "session/new": "NewSessionRequest",
        "session/load": "LoadSessionRequest", "session/resume": "ResumeSessionRequest",
        "session/prompt": "PromptRequest", "session/cancel": "CancelNotification",
        "session/set_mode": "SetSessionModeRequest", "session/update": "SessionNotification",
        "session/request_permission": "RequestPermissionRequest", "fs/read_text_file": "ReadTextFileRequest",
        "fs/write_text_file": "WriteTextFileRequest", "terminal/create": "CreateTerminalRequest",
        "terminal/output": "TerminalOutputRequest", "terminal/wait_for_exit": "WaitForTerminalExitRequest",
        "terminal/kill": "KillTerminalRequest", "terminal/release": "ReleaseTerminalRequest",
    ]

    /// What is wrong with messages of one side, and with its answers to the other's requests.
    private static func violations(_ messages: [JSON], answering requests: [JSON]) throws -> [String] {
        let validator = try ACPSchema.load()
        var methods: [JSON: String] = [:]
        for request in requests {
            if let id = request["id"], let method = request["method"]?.string { methods[id] = method }
        }
        return try messages.flatMap { message -> [String] in
            let (name, value): (String?, JSON)
            if let method = message["method"]?.string {
                // ACP, Extensibility: anybody's own methods begin so.
                if method.hasPrefix("_") { return [] }
                (name, value) = (parameters[method], message["params"] ?? .null)
            } else if let result = message["result"] {
                let method = message["id"].flatMap { methods[$0] }
                name = method.flatMap { parameters[$0] }.map { String($0.dropLast("Request".count)) + "Response" }
                value = result
            } else {
                (name, value) = ("Error", message["error"] ?? .null)
            }
            guard let name else { return ["there is no definition for \(message)"] }
            return try validator.violations(of: value, as: name).map { "\(name): \($0)" }
        }
    }

    @Test(.enabled(if: ACPSchema.isAvailable), arguments: ["load", "resume"])
    func everyMessageFits(goingOnBy way: String) async throws {
        let peer = try PeerAgent(["AGENT_GOES_ON": way])
        let sent = peer.directory.path("sent")
        let agent = peer.agent(["AGENT_SENT": sent], signIn: "key")
        let path = "\(peer.folder.path)/file"
        let prompts = [
            "What is there?", "ask 2", "run echo hello; exit 1",
            #"call fs/write_text_file {"path":"\#(path)","content":"x"}"#,
            #"call fs/read_text_file {"path":"\#(path)","line":1,"limit":1}"#,
            #"call fs/read_text_file {"path":"/etc/passwd"}"#,
            #"call terminal/create {"command":"sleep","args":["9"]}"#,
            #"call terminal/kill {"terminalId":"terminal-1"}"#, "call _odd {}",
        ]
        for known in [nil, AgentSessionID("own-1")] {
            let host = TestHost()
            let session = try await agent.open(peer.context(known), host: host)
            _ = try await session.set(.mode("slow"))
            for prompt in prompts { _ = try await peer.run(prompt, on: session, host) }
            host.begin("turn")
            let turn = Task { try await session.prompt(peer.turn("wait")) }
            #expect(await eventually { peer.received.last?["method"] == "session/prompt" })
            session.cancel("turn")
            #expect(try await turn.value.reason == .cancelled)
            await session.close()
        }
        let own = try String(contentsOfFile: sent, encoding: .utf8).split(separator: "\n").map {
            try JSON(parsing: String($0))
        }
        #expect(try Self.violations(peer.received, answering: own) == [])
        let ownViolations = try Self.violations(own, answering: peer.received)
        #expect(ownViolations == [])
        let methods = Set(peer.received.compactMap { $0["method"]?.string })
        #expect(methods.count == 7, "all that the host sends: \(methods)")
    }
}
