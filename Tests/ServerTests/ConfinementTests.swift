import Agents
import Glibc
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Roots through the real server: what a client asks for, what it is answered, and what the agent gets.
@Suite struct ConfinementTests {
    private let place: TemporaryDirectory
    private let work: String

    init() throws {
        place = try TemporaryDirectory("work")
        work = try #require(realpath(place.path, nil).map { String(cString: $0) })
        for folder in ["shop", "shop/src", "other"] { try #require(mkdir(work + "/" + folder, 0o700) == 0) }
        try #require(symlink("shop/src", work + "/link") == 0)
    }

    private func refusal(_ client: WireClient, _ directory: String) async throws -> RPCError? {
        try await client.refusal(Method.newSession, ClientRequest.NewSession(directory: directory).json)
    }

    @Test func aUserOfTheNetworkHasTheirRootsAndNothingElse() async throws {
        try await withServer(
            [ScriptedAgent()], change: { $0.folders.own[Principal("alice")] = [work + "/shop"] }
        ) { server in
            let token = try server.token(for: "alice").text
            let client = try await WireClient.greeted(by: server.endpoint, token: token, as: "c")
            let data = server.folder.path
            let paths = [
                "/", "/etc", "/usr", "/proc/self/root", "/proc/self/cwd", data, data + "/journal.db", work,
                work + "/other", work + "/shop/..", work + "/shop/none", "/nowhere/src",
            ]
            for path in paths {
                let error = try await refusal(client, path)
                #expect(error?.code == .invalidParams, "\(path)")
                #expect(error?.message.contains(work + "/shop") == true, "it says what may be asked for")
                #expect(error?.message.contains(data) == false, "and nothing of the server")
            }
            let long = try await refusal(client, "/" + String(repeating: "a", count: 5_000))
            #expect(long?.code == .invalidParams)
            for path in [work + "/shop", work + "/shop/src", work + "/link"] {
                _ = try await client.newSession(path)
            }
            let listed = try await client.request(Method.listSessions, ["cwd": .string(work + "/link")])
            #expect(listed["sessions"]?.array?.count == 1, "a session is found by the folder it was made for")
        }
    }

    @Test func withoutRootsThereIsAFolderOfOnesOwn() async throws {
        try await withServer([ScriptedAgent()], change: { $0.folders.shared = nil }) { server in
            for user in ["alice", "bob"] {
                let token = try server.token(for: user).text
                let client = try await WireClient.greeted(by: server.endpoint, token: token, as: "c")
                let homes = try #require(realpath(server.folder.path, nil).map { String(cString: $0) }) + "/home"
                let home = homes + "/" + user
                #expect(try await refusal(client, "/usr")?.message.contains(home) == true)
                _ = try await client.newSession(home)
                let others = user == "alice" ? "bob" : "alice"
                #expect(try await refusal(client, homes + "/" + others)?.code == .invalidParams)
            }
        }
    }

    /// A program of the server's own user may go anywhere but into the server's own files.
    @Test func aLocalProgramHasTheMachine() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            for path in ["/", "/etc", work + "/other", "/nowhere/src"] { _ = try await client.newSession(path) }
            for path in [server.folder.path, server.folder.path("index"), server.folder.path("home")] {
                #expect(try await refusal(client, path)?.code == .invalidParams, "\(path)")
            }
        }
    }

    /// The agent is told where the folder really is, and what it must not read.
    @Test func theAgentGetsThePlaceThatWasChecked() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.folders.shared = [work] }) { server in
            let token = try server.token(for: "alice").text
            let client = try await WireClient.greeted(by: server.endpoint, token: token, as: "c")
            let session = try await client.newSession(work + "/link")
            let prompt = client.prompt("where?", in: session)
            #expect(await eventually { agent.turns.count == 1 })
            let folder = try #require(agent.turns.first?.folder)
            #expect(folder.path == work + "/link")
            #expect(folder.location == work + "/shop/src")
            #expect(folder.hidden.contains(server.folder.path))
            #expect(folder.owner == "alice")
            try await agent.end()
            #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
        }
    }

    /// What was allowed when the session was made may be something else when its turn begins.
    @Test(arguments: ["link to the data", "link elsewhere", "gone", "a file"])
    func aTurnBeginsOnlyInAFolderThatIsAllowedNow(change: String) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.folders.shared = [work + "/shop"] }) { server in
            let token = try server.token(for: "alice").text
            let client = try await WireClient.greeted(by: server.endpoint, token: token, as: "c")
            let path = work + "/shop/src"
            let session = try await client.newSession(path)
            rename(path, work + "/aside")
            switch change {
            case "link to the data": symlink(server.folder.path, path)
            case "link elsewhere": symlink(work + "/other", path)
            case "gone": break
            default: close(open(path, O_WRONLY | O_CREAT, 0o600))
            }
            do {
                _ = try await client.answer(to: client.prompt("read it", in: session))
                Issue.record("a turn ran in a folder that is \(change)")
            } catch let error as RPCError {
                #expect(error.data?["belay"]?["reason"] == "turn_failed")
                #expect(error.message.contains(work + "/shop"))
            }
            #expect(agent.turns.isEmpty)

            unlink(path)
            rename(work + "/aside", path)
            let again = client.prompt("read it now", in: session)
            try await agent.end()
            #expect(try await client.answer(to: again)["stopReason"] == "end_turn")
        }
    }

    /// A token for the name `local`, whose user needs none, would not be confined to roots.
    @Test func aTokenIsNeverTheLocalUser() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let token = try server.token(for: SessionRoots.local.rawValue).text
            await #expect(throws: (any Error).self) {
                _ = try await WireClient.greeted(by: server.endpoint, token: token, as: "c")
            }
        }
    }
}
