import AgentKit
import Foundation
import ProgramKit
import TestKit
import Testing
import Wire

@testable import Agents

/// Tools of servers that speak the Model Context Protocol.
@Suite struct MCPTests {
    private static let script = Repository.root.appendingPathComponent("Tests/Peers/tools.py").path

    init() { setenv("SECRET_OF_A_MODEL", "s3cret", 1) }

    private func run(
        _ peer: ModelPeer, _ host: TestHost, _ words: [String] = [], _ calls: JSON...
    ) async throws -> [String] {
        let agent = peer.agent {
            $0.key = .environment("SECRET_OF_A_MODEL")
            $0.servers = [
                MCPSettings(
                    name: "t", words: ["python3", "-B", Self.script] + words,
                    environment: ["MCP_HOME": peer.directory.path])
            ]
        }
        _ = try await peer.run(ModelPeer.script(["calls": .array(calls)], ["say": ["Done."]]), host, agent: agent)
        let messages = peer.requests.last?["body"]?["messages"]?.array ?? []
        return messages.filter { $0["role"] == "tool" }.compactMap { $0["content"]?.string }
    }

    @Test("its tools are offered under its name, called, and asked about unless they only read")
    func tools() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let results = try await run(
            peer, host, [], ["t__add", ["a": 2, "b": 3]], ["t__change", [:]], ["t__odd_name__", [:]], ["t__fail", [:]])
        #expect(results.count == 4 && results[0] == "5")
        #expect(results[1].contains(#""keys":[]"#), "\(results[1])")
        #expect(results[2] == "[image that cannot be shown]" && results[3] == "it does not work")
        #expect(host.questions.count == 1, "one tool changes something")
        #expect(host.toolCalls.last?.status == .failed)
        let offered =
            peer.requests.first?["body"]?["tools"]?.array?.compactMap { $0["function"]?["name"]?.string } ?? []
        #expect(offered.filter { $0.hasPrefix("t__") }.count == 5 && offered.contains("read_file"))
        let schemas = peer.requests.first?["body"]?["tools"]?.array?.compactMap { $0["function"]?["parameters"] } ?? []
        #expect(schemas.allSatisfy { $0["type"] == "object" && $0["properties"] != nil })
        #expect(await eventually { ProcessTable.processes(with: "MCP_HOME=\(peer.directory.path)").isEmpty })
    }

    @Test("one that dies in a call says so, and is started again for the next")
    func death() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let results = try await run(peer, host, [], ["t__die", [:]], ["t__add", ["a": 2, "b": 3]])
        #expect(results.first?.contains("the MCP server 't' (python3) has ended") == true, "\(results)")
        #expect(results.last == "5")
    }

    @Test("one that does not start is said, and the turn goes on without its tools")
    func start() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let results = try await run(peer, host, ["bad"], ["t__add", [:]])
        #expect(results == ["there is no tool 't__add'"])
        #expect(
            host.notes.first?.contains("has ended: no such database") == true && host.said == "Done.", "\(host.notes)")
    }
}
