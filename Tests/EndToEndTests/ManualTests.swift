import Foundation
import ProgramKit
import TestKit
import Testing
import Wire

/// Sentences of `belay(1)` that no other suite would miss.
@Suite("The manual of belay", .serialized)
struct ManualTests {
    /// The prompts' answers of a run with `-o json`.
    private func results(_ outcome: Home.Outcome, sourceLocation: SourceLocation = #_sourceLocation) throws -> [JSON] {
        #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
        return try JSON(parsing: outcome.output)["results"]?.array ?? []
    }

    /// The prompts of the last chat, as the server has them.
    private func asked(_ home: Home) throws -> [String] {
        let records = try #require(try Records(home))
        return records.journal.compactMap { entry in
            guard case .update(.userMessage(let chunk)) = entry.body else { return nil }
            return chunk.content.text
        }
    }

    @Test("options that are only to be shown, that exclude one another, or that are not there")
    func options() async throws {
        let home = try Home()
        for option in ["-h", "--help"] {
            let help = try await home.run("belay", [option])
            #expect(help.status == 0)
            #expect(help.output.contains("--max-offline"))
        }
        let version = try await home.run("belay", ["--version"])
        #expect(version.status == 0)
        #expect(version.output.hasPrefix("belay "))
        for wrong in [
            ["-c", "--new"], ["-c", "-r", "x"], ["-r", "x", "--new"], ["--fork"], ["--line", "--batch"],
            ["--name", "x"],
            ["--no-wait"], ["--session-id", "x"], ["--wait"], ["--timeout", "soon"],
            ["--input", "xml"], ["-o", "xml"], ["--nonsense"], ["--directory", "shop"],
        ] {
            let outcome = try await home.run("belay", ["--batch", "-e", "hello"] + wrong)
            #expect(outcome.status == 64, "\(wrong): \(outcome.errors)")
            #expect(outcome.output.isEmpty)
        }
        for command in [["login"], ["verify"], ["verify", "--version"], ["proxy"], ["hello"]] {
            #expect(try await home.run("belay", command).status == 64, "\(command)")
        }
        #expect(home.serverProcesses().isEmpty, "nothing was started for any of these")
    }

    @Test("prompts come from options, files, arguments and the standard input, in this order")
    func prompts() async throws {
        let home = try Home()
        try "from a file".write(toFile: home.directory.path("prompt"), atomically: true, encoding: .utf8)
        let file = home.directory.path("prompt")
        let outcome = try await home.batch(
            "-f", file, "-e", "first", "-e", "second", "-o", "json", "two", "-", "words", input: Data("\n in\n".utf8))
        #expect(try results(outcome).count == 4)
        #expect(try asked(home) == ["first", "second", "from a file", "two \n in\n words"])
        for (options, input, prompts) in [
            ([], "one\n\n\ntwo\n", ["one", "two"]),
            (["--input", "lines"], "one\r\ntwo", ["one", "two"]),
            (["--input", "text"], "one\n\ntwo\n", ["one\n\ntwo\n"]),
            (["--input", "jsonl"], #"{"prompt":"one\nmore"}"# + "\n\n" + #"{"prompt":"two"}"#, ["one\nmore", "two"]),
            (["-0"], "one\nmore\0two\0", ["one\nmore", "two"]),
            (["--null"], "one", ["one"]),
            (["-e", "zero", "--input", "lines"], "one\n", ["zero", "one"]),
            (["-f", "-"], "one\ntwo\n", ["one\ntwo\n"]),
        ] as [([String], String, [String])] {
            let run = try await home.run("belay", ["--batch", "-o", "json"] + options, input: Data(input.utf8))
            #expect(try results(run).count == prompts.count, "\(options)")
            #expect(try asked(home) == prompts, "\(options)")
        }
        let tooLong = String(repeating: "x", count: 524_289)
        for (options, input) in [(["--input", "jsonl"], #"{"prompt":1}"#), ([], tooLong)] {
            let run = try await home.run("belay", ["--batch"] + options, input: Data(input.utf8))
            #expect(run.status == 65, "\(run.errors)")
        }
    }

    @Test("a batch run begins a new chat, -c goes on with the last one, and -r with the one that it names")
    func chats() async throws {
        let home = try Home()
        func session(_ options: String...) async throws -> String {
            let outcome = try await home.run("belay", ["--batch", "-o", "json", "-e", "hello"] + options)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try #require(JSON(parsing: outcome.output)["session"]?["id"]?.string)
        }
        let first = try await session()
        let second = try await session()
        #expect(first != second)
        #expect(try await session("-c") == second)
        #expect(try await session("--continue") == second)
        #expect(try await session("-r", first) == first)
        #expect(try await session("--resume", first) == first)
        #expect(![first, second].contains(try await session("--new")))
        #expect(home.serverProcesses().count == 1, "one private server, left running")
    }

    @Test("the configuration is the one of --config, else of BELAY_CONFIG, else the usual one")
    func configuration() async throws {
        let usual = try Home()
        let folder = usual.directory.path("config/belay")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws -> String {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            return "\(folder)/\(name)"
        }
        _ = try write("config.toml", "usual = 1\n")
        let named = try write("named.toml", "named = 1\n")
        let good = try write("good.toml", "")
        let secret = try write("secret.toml", "[servers.a]\nurl = \"ws://127.0.0.1:1\"\ntoken = \"x\"\n")
        for (options, variable, words) in [
            ([], nil, "'usual'"),
            ([], named, "'named'"),
            (["--config", secret], named, "a token must not be in this file"),
            (["--config", good, "--server", "nonsense"], named, "'nonsense' is neither"),
        ] as [([String], String?, String)] {
            let outcome = try await usual.run(
                "belay", ["--batch", "-e", "hello"] + options,
                environment: variable.map { ["BELAY_CONFIG": $0] } ?? [:])
            #expect(outcome.status == 78)
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
        let theme = try Home(["BELAY_THEME": "nowhere"])
        let screen = try Screen(theme)
        #expect(await screen.shows("left with 78"), "\(screen.text)")
        #expect(screen.text.contains("there is no theme 'nowhere'"))
    }

    @Test("a token is kept by login for its owner alone, and BELAY_TOKEN goes before it")
    func login() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", home.shop])
        let token = try await home.run("belayd", ["token", "create", "--user", "u", "--data", data]).output
        #expect(try await home.run("belay", ["login", "--server", server.url]).status == 66, "no token")
        let login = try await home.run("belay", ["login", "--server", server.url], input: Data(token.utf8))
        #expect(login.status == 0, "\(login.errors)")
        #expect(login.output.isEmpty)
        #expect(!login.errors.contains(token.trimmingCharacters(in: .newlines)))
        let file = home.directory.path("state/belay/tokens.toml")
        #expect(try mode(file) == 0o600)
        #expect(try await home.batch("--server", server.url, "hello").status == 0)
        let wrong = try await home.run(
            "belay", ["--batch", "--server", server.url, "hello"], environment: ["BELAY_TOKEN": "belay_wrong"])
        #expect(wrong.status == 77)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        let open = try await home.batch("--server", server.url, "hello")
        #expect(open.status == 77)
        #expect(open.errors.contains("can be read by others"))
    }

    @Test("files are their owner's alone, and the copy can be deleted and is fetched again")
    func files() async throws {
        let home = try Home()
        #expect(try await home.batch("what is the retry policy?").status == 0)
        for root in ["state/belay"] {
            let folder = home.directory.path(root)
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
            #expect(!names.isEmpty)
            for name in names + [""] { #expect(try mode("\(folder)/\(name)") & 0o077 == 0, "\(root)/\(name)") }
        }
        let mirror = home.directory.path("state/belay/mirror.db")
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: mirror + suffix) }
        #expect(try await home.batch("-c", "and where is that tested?").status == 0)
        let records = try #require(try Records(home))
        #expect(records.problems.isEmpty, "\(records.problems)")
        #expect(records.prompts.count == 2)
    }

    @Test(
        "a signal ends a batch run as a shell shows it; only an interrupt stops the turn",
        arguments: [SIGHUP, SIGINT, SIGTERM])
    func signals(signal: Int32) async throws {
        let gates = try TemporaryDirectory("gate")
        let gate = gates.path("gate")
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        let home = try Home(["BELAY_FAILPOINT": "librarian.step5.chunk=hold:\(gate)"])
        let output = home.directory.path("output")
        let child = try Child(
            ["\(Home.programs)/belay", "--batch", "-v", "How does the retry policy choose its delay?"],
            environment: home.environment, directory: home.shop, files: ("/dev/null", output, output + ".errors"))
        @Sendable func errors() -> String { (try? String(contentsOfFile: output + ".errors", encoding: .utf8)) ?? "" }
        #expect(await eventually { errors().contains("step 5 of 5") }, "\(errors())")
        kill(child.process, signal)
        #expect(await child.wait() == 128 + signal)
        try FileManager.default.removeItem(atPath: gate)
        #expect(errors().contains("the turn goes on at the server") == (signal != SIGINT), "\(errors())")
        #expect(await eventually { (try? Records(home))??.unfinished.isEmpty ?? false })
        let records = try #require(try Records(home))
        let outcomes = records.journal.compactMap { entry -> TurnOutcome? in
            if case .event(.turnEnd(_, let outcome)) = entry.body { outcome } else { nil }
        }
        #expect(outcomes == [.stopped(signal == SIGINT ? .cancelled : .endTurn)])
    }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }
}
