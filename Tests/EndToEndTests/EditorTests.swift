import Foundation
import ProgramKit
import TestKit
import Testing
import Wire

/// `belay acp` as an editor starts it: lines in, lines out.
@Suite("belay acp")
struct EditorTests {
    /// Runs the shim with these lines as its whole standard input.
    private func run(_ lines: [String], _ home: Home, _ arguments: [String] = []) async throws -> (Home.Outcome, [JSON])
    {
        let input = Data(lines.map { $0 + "\n" }.joined().utf8)
        let outcome = try await home.run("belay", ["acp"] + arguments, input: input)
        let messages = try outcome.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
        return (outcome, messages)
    }

    private static let initialize = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":1}}"#

    @Test("whatever an editor sends is answered as JSON-RPC says")
    func odd() async throws {
        let (outcome, messages) = try await run(
            [
                #"{"jsonrpc":"2.0","id":9,"method":"session/new","params":{"cwd":"/usr","mcpServers":[]}}"#,
                Self.initialize, "no JSON", "[]", #"{"jsonrpc":"2.0","id":1,"method":"session/fly"}"#,
                #"{"jsonrpc":"2.0","id":2,"method":"session/new","params":{"cwd":"usr","mcpServers":[]}}"#,
                #"{"jsonrpc":"2.0","id":3,"method":"session/prompt","params":{"sessionId":"x","prompt":[]}}"#,
                #"{"jsonrpc":"2.0","id":"never asked","result":{}}"#,
                #"{"jsonrpc":"2.0","method":"session/cancel","params":{"sessionId":"x"}}"#,
                #"{"jsonrpc":"2.0","method":"_odd"}"#,
            ], try Home())
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "the end of its input ends it: \(outcome.errors)")
        #expect(
            messages.map { $0["error"]?["code"] ?? .null } == [-32600, .null, -32700, -32600, -32601, -32602, -32002])
        #expect(messages.dropFirst().first?["result"]?["agentCapabilities"]?["loadSession"] == true)
    }

    @Test("options that an editor says itself are refused")
    func options() async throws {
        for arguments in [["-c"], ["--new"], ["-r", "abcd"], ["--directory", "/usr"], ["--batch"]] {
            #expect(try await run([], try Home(), arguments).0.status == 64, "\(arguments)")
        }
    }

    @Test("a session that there is not is refused, and a server that there is not is waited for")
    func missing() async throws {
        let home = try Home()
        let load =
            #"{"jsonrpc":"2.0","id":1,"method":"session/load","params":{"sessionId":"nobody","cwd":"/usr","mcpServers":[]}}"#
        let pipe = home.directory.path("pipe")
        mkfifo(pipe, 0o600)
        // Open on both sides, so that neither waits for the other.
        let writer = FileHandle(fileDescriptor: open(pipe, O_RDWR | O_CLOEXEC), closeOnDealloc: true)
        let output = home.directory.path("out")
        let child = try Child(
            ["\(Home.programs)/belay", "acp"], environment: home.environment, directory: home.shop,
            files: (pipe, output, "/dev/null"))
        try writer.write(contentsOf: Data("\(Self.initialize)\n\(load)\n".utf8))
        #expect(
            await eventually {
                ((try? String(contentsOfFile: output, encoding: .utf8)) ?? "").contains(
                    #""id":1,"error":{"code":-32002"#)
            })
        try writer.close()
        #expect(await child.wait() == 0)
    }

    /// An editor that says one thing after the other.
    private final class Editor {
        private let child: Child
        private let writer: FileHandle
        private let output: String
        private var number = 0

        init(_ home: Home) throws {
            let pipe = home.directory.path("editor")
            mkfifo(pipe, 0o600)
            writer = FileHandle(fileDescriptor: open(pipe, O_RDWR | O_CLOEXEC), closeOnDealloc: true)
            output = home.directory.path("heard")
            child = try Child(
                ["\(Home.programs)/belay", "acp", "--agent", "peer"], environment: home.environment,
                directory: home.shop, files: (pipe, output, "/dev/null"))
        }

        var heard: [JSON] { Self.messages(in: output) }

        private static func messages(in file: String) -> [JSON] {
            ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n").compactMap {
                try? JSON(parsing: String($0))
            }
        }

        /// Asks, and waits for the answer.
        func ask(_ method: String, _ params: JSON) async throws -> JSON {
            number += 1
            let id = JSON.integer(Int64(number))
            let request: JSON = ["jsonrpc": "2.0", "id": id, "method": .string(method), "params": params]
            try writer.write(contentsOf: Data((request.text + "\n").utf8))
            let answer = { @Sendable [output] in
                Self.messages(in: output).first { $0["id"] == id && $0["method"] == nil }
            }
            _ = await eventually { answer() != nil }
            return try #require(answer(), "\(method) is answered")
        }

        /// What the updates of a kind say, in order.
        func updates(_ kind: String) -> [JSON] {
            heard.compactMap { message in
                let update = message["params"]?["update"]
                return update?["sessionUpdate"]?.string == kind ? update : nil
            }
        }

        func leave() async throws {
            try writer.close()
            #expect(await child.wait() == 0)
        }
    }

    @Test("modes, options, servers of tools and pictures go through, and sessions are listed, resumed and closed")
    func everything() async throws {
        let home = try Home()
        try home.configurePeer(["AGENT_OPTIONS": "1"])
        let editor = try Editor(home)
        let hello = try await editor.ask("initialize", ["protocolVersion": 1])
        #expect(hello["result"]?["agentCapabilities"]?["promptCapabilities"]?["image"] == true)
        let server: JSON = ["name": "files", "command": "/bin/files", "args": [], "env": []]
        let new = try await editor.ask("session/new", ["cwd": .string(home.shop), "mcpServers": [server]])
        let session = try #require(new["result"]?["sessionId"])
        #expect(new["result"]?["modes"]?["currentModeId"] == "fast", "\(new)")
        let change: JSON = ["sessionId": session, "configId": "model", "value": "small"]
        let set = try await editor.ask("session/set_config_option", change)
        #expect(
            set["result"]?["configOptions"]?.array?.compactMap { ConfigOption($0)?.current } == ["Fast", "Small"])
        #expect(try await editor.ask("session/set_mode", ["sessionId": session, "modeId": "slow"])["result"] == [:])
        let refused = try await editor.ask(
            "session/set_config_option", ["sessionId": session, "configId": "model", "value": "huge"])
        #expect(refused["error"]?["message"] == "there is no such model")
        let picture: JSON = ["type": "image", "mimeType": "image/png", "data": "aGk="]
        let prompt: JSON = [
            "sessionId": session, "prompt": [["type": "text", "text": "hello"], picture],
            "_meta": ["traceparent": "00-a", "other": "x"],
        ]
        #expect(try await editor.ask("session/prompt", prompt)["result"]?["stopReason"] == "end_turn")
        let received = home.peerMessages
        #expect(received.first { $0["method"] == "session/new" }?["params"]?["mcpServers"] == [server])
        let asked = received.first { $0["method"] == "session/prompt" }?["params"]
        #expect(asked?["_meta"] == ["traceparent": "00-a"])
        #expect(asked?["prompt"]?.array?.last?["text"] == "[an image that you cannot be given]", "it takes none")
        #expect(
            editor.updates("agent_thought_chunk").contains { $0["content"]?["text"]?.string?.contains("image") == true }
        )

        let list = try await editor.ask("session/list", ["cwd": .string(home.shop)])
        #expect(list["result"]?["sessions"]?.array?.map { $0["sessionId"] ?? .null } == [session])
        #expect(try await editor.ask("session/list", ["cwd": "/usr"])["result"]?["sessions"] == [])
        let said = editor.updates("agent_message_chunk").count
        let named: JSON = ["sessionId": session, "cwd": .string(home.shop), "mcpServers": []]
        let resumed = try await editor.ask("session/resume", named)
        #expect(resumed["result"]?["modes"]?["currentModeId"] == "slow", "\(resumed)")
        #expect(editor.updates("agent_message_chunk").count == said, "nothing is repeated")
        #expect(try await editor.ask("session/close", named)["result"] == [:])
        #expect(try await editor.ask("session/prompt", prompt)["error"]?["code"] == -32002)
        try await editor.leave()
    }
}
