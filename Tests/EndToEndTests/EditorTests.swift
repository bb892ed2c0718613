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
}
