import AgentKit
@testable import Agents
import Foundation
import TestKit
import Testing
import Wire

/// The built-in tools, as a model calls them.
@Suite struct ToolTests {
    init() { setenv("KEY_OF_A_MODEL", "s3cret", 1) }

    /// Runs a turn in which the model makes these calls, and returns what it was told of them.
    private func results(
        _ peer: ModelPeer, _ host: TestHost = TestHost(), _ permissions: PermissionBook? = nil, _ calls: JSON...
    ) async throws -> [String] {
        _ = try await peer.run(
            ModelPeer.script(["calls": .array(calls)], ["say": ["Done."]]), host,
            agent: peer.agent(permissions) { $0.key = .environment("KEY_OF_A_MODEL") })
        let messages = peer.requests.last?["body"]?["messages"]?.array ?? []
        return messages.filter { $0["role"] == "tool" }.compactMap { $0["content"]?.string }
    }

    @Test("files are listed, read and searched, as git sees them")
    func reading() async throws {
        let peer = try await ModelPeer()
        try peer.write("one\ntwo\nThree\n", to: "src/a.txt")
        try peer.write("two", to: "b.txt")
        let results = try await results(
            peer, TestHost(), nil, ["list_files", [:]], ["list_files", ["path": "src"]],
            ["read_file", ["path": "src/a.txt"]],
            ["read_file", ["path": .string(peer.folder.path + "/src/a.txt"), "line": 2, "limit": 1]],
            ["search", ["query": "two"]], ["search", ["query": "three"]],
            ["search", ["query": "T[a-z]+e", "regex": true]],
            ["search", ["query": "TWO"]], ["search", ["query": "two", "path": "src"]])
        #expect(
            results == [
                "b.txt (3 bytes)\nsrc/a.txt (14 bytes)", "src/a.txt (14 bytes)", "1\tone\n2\ttwo\n3\tThree",
                "2\ttwo\n… 1 more lines", "b.txt:1: two\nsrc/a.txt:2: two", "src/a.txt:3: Three", "src/a.txt:3: Three",
                "Nothing found.", "src/a.txt:2: two",
            ])
    }

    @Test("what leads out of the folder, or is not there, is refused with a sentence")
    func confined() async throws {
        let peer = try await ModelPeer()
        try FileManager.default.createSymbolicLink(atPath: peer.folder.path + "/link", withDestinationPath: "/etc")
        let host = TestHost()
        let results = try await results(
            peer, host, nil, ["read_file", ["path": "/etc/passwd"]], ["read_file", ["path": "../x"]],
            ["read_file", ["path": "link/passwd"]], ["write_file", ["path": "link/x", "content": ""]],
            ["read_file", ["path": "none"]], ["read_file", [:]], ["read_file", "{\"path\""], ["no_such_tool", [:]],
            ["list_files", ["path": "/"]], ["search", ["query": "(", "regex": true]])
        #expect(results.count == 10)
        for (result, part) in zip(
            results,
            [
                "is not in the session's folder", "leads out", "there is no file", "cannot be written",
                "there is no file", "is missing", "no JSON object", "there is no tool",
                "is not in the session's folder", "no regular expression",
            ])
        {
            #expect(result.contains(part), "\(result)")
        }
        #expect(!FileManager.default.fileExists(atPath: "/etc/x"))
        #expect(host.toolCalls.allSatisfy { $0.status == .failed })
    }

    @Test("a change is shown before it is made, and made when the user allows it")
    func writing() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        try peer.write("old text\n", to: "a")
        let results = try await results(
            peer, host, nil, ["write_file", ["path": "new/b", "content": "B"]],
            ["edit_file", ["path": "a", "old_text": "old", "new_text": "new"]],
            ["edit_file", ["path": "a", "old_text": "t", "new_text": "x"]],
            ["edit_file", ["path": "a", "old_text": "old", "new_text": "new"]])
        #expect(results[0] == "Wrote 1 bytes to new/b." && results[1] == "Edited a.")
        #expect(results[2].contains("stands 2 times") && results[3].contains("does not stand"))
        #expect((peer.read("new/b"), peer.read("a")) == ("B", "new text\n"))
        #expect(host.questions.count == 2, "a call that cannot work is not asked about")
        let diffs = host.toolCalls.compactMap { call in call.rawInput?["content"] }
        #expect(diffs == ["B"])
        let shown = host.bodies.compactMap { body -> JSON? in
            guard case .update(.toolCallUpdate(let call)) = body else { return nil }
            return call.content?.first { $0["type"] == "diff" }
        }
        #expect(shown.map { $0["oldText"] } == [nil, "old text\n"])
        #expect(shown.map { $0["newText"] } == ["B", "new text\n"])
    }

    @Test("a command runs in the folder, with its output, its code and its time bounded, and without keys")
    func commands() async throws {
        let peer = try await ModelPeer()
        setenv("KEY_OF_A_MODEL", "s3cret", 1)
        let results = try await results(
            peer, TestHost(), nil, ["run_command", ["command": "pwd; echo err >&2; exit 3"]],
            ["run_command", ["command": "echo \"[$KEY_OF_A_MODEL]\""]],
            ["run_command", ["command": "sleep 600 & sleep 600", "timeout_seconds": 1]],
            ["run_command", ["command": "yes 0123456789 | head -c 1000000; echo end"]],
            ["run_command", ["command": " "]])
        #expect(results[0].hasPrefix("Exit code 3.\n"))
        #expect(results[0].contains(peer.folder.path) && results[0].contains("err"))
        #expect(results[1] == "Exit code 0.\n[]\n")
        #expect(results[2].contains("ended after 1 seconds"))
        #expect(results[3].utf8.count < 40_000 && results[3].hasSuffix("end\n"))
        #expect(results[4].contains("is missing"))
    }

    @Test("a user who rejects is heard, and nothing is done; a rule that denies asks nobody")
    func rejected() async throws {
        let peer = try await ModelPeer()
        let book = PermissionBook([PermissionRule(.deny, kinds: [.execute], pattern: "rm *")])
        let host = TestHost(choice: "reject")
        let results = try await results(
            peer, host, book, ["run_command", ["command": "rm -r x"]], ["write_file", ["path": "a", "content": ""]])
        #expect(results[0].contains("A rule of the user forbids it"))
        #expect(results[1].contains("did not allow it") && peer.read("a") == nil)
        #expect(host.questions.count == 1)
    }

    @Test("the model reads why its user rejects, in the same turn")
    func reason() async throws {
        let peer = try await ModelPeer()
        let host = TestHost(choice: "reject", reason: "use a branch")
        let results = try await results(peer, host, PermissionBook(), ["write_file", ["path": "a", "content": ""]])
        #expect(results[0] == "The user did not allow it, and says why: use a branch")
    }

    @Test(
        "an answer that holds always is kept for the next turn, and one that never does",
        arguments: [
            ("always allow", "Exit code 0."), ("never allow", "A rule of the user forbids it"),
        ])
    func always(_ choice: String, _ next: String) async throws {
        let peer = try await ModelPeer()
        let book = PermissionBook()
        let call: JSON = ["run_command", ["command": "true"]]
        let first = TestHost(choice: .string(choice))
        _ = try await results(peer, first, book, call)
        #expect(first.questions.count == 1)
        let second = TestHost(choice: "reject")
        let results = try await results(peer, second, book, call)
        #expect(second.questions.isEmpty && results.first?.hasPrefix(next) == true, "\(results)")
    }

    @Test("where a rule wants to be asked each time, nothing holds always")
    func askedEachTime() async throws {
        let peer = try await ModelPeer()
        let book = PermissionBook([PermissionRule(.ask, kinds: [.execute])])
        for _ in 1...2 {
            let host = TestHost(choice: "always allow")
            _ = try await results(peer, host, book, ["run_command", ["command": "true"]])
            #expect(host.questions.count == 1)
        }
        #expect(
            book.decision(
                on: PermissionSubject(kind: .execute, command: "true", folder: peer.folder.path), owner: "alice",
                isAttended: true) == .ask(isRequired: true))
    }

    @Test("memory and plan are the session's")
    func mind() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let results = try await results(
            peer, host, nil, ["remember", ["key": "name", "value": "Ada"]], ["recall", [:]],
            ["remember", ["key": "name"]],
            ["recall", [:]], ["remember", ["key": "two words", "value": "x"]],
            ["remember", ["key": "port", "value": 8080]],
            ["recall", [:]], ["remember", ["key": "port", "value": .null]],
            [
                "update_plan",
                ["steps": [["content": "one", "status": "completed"], ["content": "two", "status": "pending"]]],
            ])
        #expect(results[1] == "name: Ada" && results[3] == "Nothing is remembered.")
        #expect(results[4].contains("'key' is not"))
        #expect(results[6] == "port: 8080" && results[7] == "Forgotten.")
        let state = SessionState(folding: host.entries)
        #expect(state.memory.isEmpty && state.workflow?.completed == 1 && state.workflow?.count == 2)
    }

    @Test(
        "a command that was running when the server died is asked about, and repeated only when the user says so",
        arguments: [("allow once", "x\n"), ("reject", "")])
    func interrupted(_ choice: String, _ left: String) async throws {
        let peer = try await ModelPeer()
        try peer.write("", to: "count")
        let script = ModelPeer.script(["calls": [["run_command", ["command": "echo x >> count"]]]], ["say": ["Done."]])
        let host = TestHost()
        // The server dies when the call is known to have begun, and before it has.
        host.onEmission(3) { host.die() }
        await #expect(throws: CancellationError.self) { try await peer.run(script, host) }
        let isBegun = host.entries.contains { entry in
            if case .update(.toolCallUpdate(let call)) = entry.body { call.status == .inProgress } else { false }
        }
        #expect(isBegun)
        let next = TestHost(recorded: host.entries, choice: .string(choice))
        #expect(try await peer.run(script, next, recorded: host.entries) == .endTurn)
        #expect(next.questions.contains { $0.hasPrefix("again-") })
        #expect(peer.read("count") == left)
    }

    @Test("a file that was being written when the server died is looked at, and nobody is asked")
    func interruptedWrite() async throws {
        let peer = try await ModelPeer()
        let script = ModelPeer.script(["calls": [["write_file", ["path": "a", "content": "A"]]]], ["say": ["Done."]])
        let host = TestHost()
        host.onEmission(3) { host.die() }
        await #expect(throws: CancellationError.self) { try await peer.run(script, host) }
        try peer.write("A", to: "a")
        let next = TestHost(recorded: host.entries)
        #expect(try await peer.run(script, next, recorded: host.entries) == .endTurn)
        #expect(next.questions.isEmpty && next.toolCalls.first?.status == .completed)
    }

    @Test("a page is fetched as text, only by a model that may, and a redirect is told and not followed")
    func web() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let page = "http://127.0.0.1:\(peer.port)/page"
        let script = ModelPeer.script(
            [
                "calls": [
                    ["fetch_url", ["url": .string(page)]], ["fetch_url", ["url": .string(page + "/moved")]],
                    ["fetch_url", ["url": "file:///etc/passwd"]], ["fetch_url", ["url": "http://127.0.0.1:1/"]],
                ]
            ],
            ["say": ["Done."]])
        _ = try await peer.run(script, host, agent: peer.agent { $0.tools = ["fetch_url"] })
        let results = host.toolCalls.compactMap { $0.rawOutput?.string }
        #expect(results[0] == "Title\nOne & two <three>")
        #expect(results[1].contains("301") && results[1].contains("it is at /page"))
        #expect(results[2].contains("is no address") && results[3].contains("cannot be reached"))
        #expect(host.questions.count == 3)
        let other = TestHost()
        _ = try await peer.run(script, other)
        #expect(other.toolCalls.first?.rawOutput == "there is no tool 'fetch_url'")
    }

    @Test("a slash that Swift takes for a part of a character leads through no link")
    func linksBehindOddCharacters() async throws {
        let peer = try await ModelPeer()
        let outside = peer.directory.path("outside")
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        try "secret".write(toFile: outside + "/key", atomically: true, encoding: .utf8)
        let link = peer.folder.path + "/a\u{600}"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: outside)
        let results = try await results(
            peer, TestHost(), nil, ["read_file", ["path": "a\u{600}/key"]],
            ["write_file", ["path": "a\u{600}/new", "content": "x"]], ["list_files", ["path": "a\u{600}/"]])
        #expect(!results.contains { $0.contains("secret") }, "\(results)")
        #expect(!FileManager.default.fileExists(atPath: outside + "/new"))
    }

    @Test(
        "an expression that would take the library minutes, gigabytes or the stack is refused",
        arguments: [
            ".*{10,}{10,}{10,}{10,}{10,}", String(repeating: "(", count: 120_000), "((a{1,200}){1,200}){1,200}",
            "(.*)(.*)(.*)(.*)(.*)(.*)\\1\\2\\3\\4\\5\\6x",
        ])
    func expressions(_ query: String) async throws {
        #expect(throws: ToolFailure.self) { try LinePattern(query, isExpression: true) }
        #expect(try LinePattern("x{2}", isExpression: false).matches("ax{2}b"))
    }

    @Test("lines that end with CR and LF are lines")
    func lineEnds() async throws {
        let peer = try await ModelPeer()
        try peer.write("one\r\ntwo\r\n", to: "a")
        let results = try await results(
            peer, TestHost(), nil, ["read_file", ["path": "a"]], ["search", ["query": "two"]])
        #expect(results == ["1\tone\n2\ttwo", "a:2: two"])
    }

    @Test("what a rule keeps from being read is not found either, also while nobody is there")
    func secrets() async throws {
        let peer = try await ModelPeer()
        try peer.write("key", to: "secrets/k")
        try peer.write("key", to: "open")
        for policy in UnattendedPolicy.allCases {
            let host = TestHost()
            host.leave()
            let book = PermissionBook([PermissionRule(.deny, pattern: "secrets/*")], unattended: policy)
            let results = try await results(
                peer, host, book, ["search", ["query": "key"]], ["read_file", ["path": "secrets/k"]],
                ["read_file", ["path": "open"]])
            #expect(results[0] == "open:1: key" && results[1].contains("forbids it") && results[2] == "1\tkey")
        }
    }

    @Test(
        "a command that hides a part of itself is refused, and one with much room in it is shown without",
        arguments: [
            "ls \u{1B}]0;rm -rf x\u{7}", "ls \u{202E}x", "ls\u{200B}", "ls \u{85}",
        ])
    func hidden(_ command: String) async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let results = try await results(
            peer, host, nil, ["run_command", ["command": .string(command)]],
            ["run_command", ["command": .string("true" + String(repeating: " ", count: 300) + "; true")]])
        #expect(results[0].contains("control or invisible") && host.questions.count == 1)
        #expect(host.toolCalls.last?.title == "Run true ; true")
    }

    @Test("an answer that a command is repeated is for one repetition")
    func repeatedAgain() async throws {
        let peer = try await ModelPeer()
        let script = ModelPeer.script(["calls": [["run_command", ["command": "true"]]]], ["say": ["Done."]])
        let host = TestHost()
        host.onEmission(3) { host.die() }
        await #expect(throws: CancellationError.self) { try await peer.run(script, host) }
        var names: Set<String> = []
        var recorded = host.entries
        for _ in 1...3 {
            let next = TestHost(recorded: recorded)
            _ = try await peer.run(script, next, recorded: recorded)
            let name = try #require(next.questions.first { $0.hasPrefix("again-") })
            #expect(names.insert(name).inserted, "\(name) was answered before")
            let resolution = Question.Resolution(key: RequestKey("turn:" + name), answer: [:], by: nil)
            recorded.append(
                Entry(seq: Seq(recorded.count + 1), timestamp: 0, body: .event(.requestResolved(resolution))))
        }
    }

    @Test(
        "a tool that a model invents does not break the conversation, whatever it is called",
        arguments: [
            "functions.read_file", "", "read file", "multi_tool_use.parallel", String(repeating: "x", count: 200),
        ])
    func invented(_ name: String) async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        _ = try await results(peer, host, nil, [.string(name), ["a": 1]])
        let messages = peer.requests.last?["body"]?["messages"]?.array ?? []
        let calls = messages.flatMap { $0["tool_calls"]?.array ?? [] }
        let told = calls.compactMap { $0["function"]?["name"]?.string }
        #expect(told == ["unknown"] && host.said == "Done.", "\(told)")
    }

    @Test("a file that somebody changed while the user was asked is not overwritten")
    func changedMeanwhile() async throws {
        let peer = try await ModelPeer()
        try peer.write("old", to: "a")
        let host = TestHost()
        // The change has been shown, and is about to be asked about.
        let path = peer.folder.path + "/a"
        host.onEmission(2) { try? "theirs".write(toFile: path, atomically: true, encoding: .utf8) }
        let results = try await results(peer, host, nil, ["write_file", ["path": "a", "content": "new"]])
        #expect(results[0].contains("was changed since") && peer.read("a") == "theirs", "\(results)")
    }
}
