import Foundation
import ProgramKit
import TestKit
import Testing

/// Where answers go: what cannot be written is said and ends with 74, and nothing is taken for what it usually is.
@Suite("Outputs", .serialized)
struct OutputTests {
    private static let question = "what is the retry policy?"

    /// Runs a program with its descriptors led elsewhere by the shell.
    private func run(
        _ home: Home, _ program: String, _ arguments: [String], _ redirection: String
    ) async throws -> Home.Outcome {
        try await home.run(program, arguments, prefix: ["sh", "-c", "exec \"$@\" \(redirection)", "sh"])
    }

    @Test(
        "a full disk under the standard output ends a run with 74", arguments: ["text", "json", "jsonl", "stream-json"])
    func fullOutput(form: String) async throws {
        let home = try Home()
        for options in [["-o", form], ["-o", form, "--stream"]] {
            let outcome = try await run(home, "belay", ["--batch"] + options + [Self.question], ">/dev/full")
            #expect(outcome.status == 74, "\(options): \(outcome.errors)")
            #expect(outcome.errors.contains("cannot write to the standard output: No space left"), "\(outcome.errors)")
        }
    }

    @Test("an output that is closed is no file that is opened later", arguments: ["text", "json"])
    func closedOutput(form: String) async throws {
        let home = try Home()
        let outcome = try await run(home, "belay", ["--batch", "-o", form, Self.question], "</dev/null >&-")
        #expect(outcome.status == 74, "\(outcome.errors)")
        #expect(outcome.errors.contains("cannot write to the standard output"), "\(outcome.errors)")
        let everything = try await run(home, "belay", ["--batch", Self.question], "<&- >&- 2>&-")
        #expect(everything.status == 74)
        let state = home.directory.path("state/belay")
        for name in try FileManager.default.subpathsOfDirectory(atPath: state)
        where name.contains("lock") || name.hasPrefix("seats/") {
            let bytes = FileManager.default.contents(atPath: "\(state)/\(name)") ?? Data()
            #expect(bytes.range(of: Data("etry".utf8)) == nil, "\(name)")
        }
        #expect(try await home.batch(Self.question).status == 0, "nothing was damaged")
    }

    @Test("-O writes into what is no regular file, keeps what a link leads to, and keeps modes")
    func outputFile() async throws {
        let home = try Home()
        let pipe = home.directory.path("pipe")
        mkfifo(pipe, 0o600)
        let read = home.directory.path("read")
        let reader = try Child(
            ["cat", pipe], environment: home.environment, directory: home.shop, files: ("/dev/null", read, "/dev/null"))
        #expect(try await home.batch("-O", pipe, Self.question).status == 0)
        #expect(await reader.wait() == 0)
        #expect(try String(contentsOfFile: read, encoding: .utf8).contains("etry"))
        var status = stat()
        #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)

        let (target, link) = (home.directory.path("target"), home.directory.path("link"))
        try "old".write(toFile: target, atomically: false, encoding: .utf8)
        chmod(target, 0o640)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
        #expect(try await home.batch("-O", link, Self.question).status == 0)
        #expect(try String(contentsOfFile: target, encoding: .utf8).contains("etry"))
        #expect(lstat(target, &status) == 0 && status.st_mode & 0o777 == 0o640)
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)

        let both = try await home.batch("-O", "/dev/stdout", "-o", "json", Self.question).output
        #expect(both.contains("\"results\"") && both.split(separator: "\n").count > 1, "\(both)")
        for path in [home.directory.path, "/dev/full"] {
            let outcome = try await home.batch("-O", path, Self.question)
            #expect(outcome.status == 73, "\(path): \(outcome.errors)")
            #expect(outcome.errors.contains("cannot write \(path)"), "\(outcome.errors)")
        }
    }

    @Test("-O writes to the descriptor or the output that it names, and an unusable file is refused before the run")
    func outputDescriptor() async throws {
        let home = try Home()
        let log = home.directory.path("log")
        let command = "exec 3>>\"$0\"; \"$@\"; echo after >&3"
        let logged = try await home.run(
            "belay", ["--batch", "-O", "/dev/fd/3", Self.question], prefix: ["sh", "-c", command, log])
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(text.contains("etry") && text.hasSuffix("after\n"), "\(logged.errors) \(text)")
        let both = try await home.batch("-O", "-", "-o", "json", Self.question).output
        #expect(both.contains("\"results\"") && both.split(separator: "\n").count > 1, "\(both)")
        #expect(!FileManager.default.fileExists(atPath: "\(home.shop)/-"))
        for file in ["", "nowhere/answer", "/dev/fd/77"] {
            let refused = try await home.batch("-O", file, "--server", "ws://127.0.0.1:1", Self.question)
            #expect(refused.status == 73 && refused.output.isEmpty, "'\(file)': \(refused.errors)")
        }
        let verify = try await home.run(
            "belay", ["verify", "--server", "ws://127.0.0.1:1", "--html", "no/report.html"])
        #expect(verify.status == 73, "\(verify.errors)")
    }

    @Test("belay login says why its standard input cannot be read, and reads no more than a token's worth")
    func loginInput() async throws {
        let home = try Home()
        let login = ["login", "--server", "wss://agents.example"]
        for (input, reason) in [
            ("<&-", "Bad file descriptor"), ("</", "Is a directory"), ("</dev/zero", "8 KiB"),
            ("</dev/null", "no token"),
        ] {
            let outcome = try await run(home, "belay", login, input)
            #expect(outcome.status == 66 && outcome.errors.contains(reason), "\(input): \(outcome.errors)")
        }
        let file = home.directory.path("token")
        try "\u{FEFF}\n \r\nsecret\r\n".write(toFile: file, atomically: false, encoding: .utf8)
        #expect(try await run(home, "belay", login, "<\(file)").status == 0)
    }

    @Test("a token that could not be shown is not good")
    func lostToken() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let lost = try await run(home, "belayd", ["token", "create", "--user", "ada", "--data", data], ">/dev/full")
        #expect(lost.status == 74, "\(lost.errors)")
        let list = try await home.run("belayd", ["token", "list", "--data", data])
        #expect(list.output.contains("\tada\trevoked\t"), "\(list.output)")
        #expect(try await run(home, "belayd", ["token", "list", "--data", data], ">/dev/full").status == 74)
        // A reader that has closed its pipe: the shell opens both ends, and closes the one that reads.
        let pipe = home.directory.path("pipe")
        mkfifo(pipe, 0o600)
        let broken = "9<>\(pipe) >\(pipe) 9<&-"
        let unread = try await run(home, "belayd", ["token", "create", "--user", "bob", "--data", data], broken)
        #expect(unread.status == 128 + SIGPIPE, "\(unread.errors)")
        let after = try await home.run("belayd", ["token", "list", "--data", data])
        #expect(after.output.contains("\tbob\trevoked\t"), "\(after.output)")
    }

    @Test("help that cannot be written is no success, for either program")
    func lostHelp() async throws {
        let home = try Home()
        let commands: [(String, [String])] = [
            ("belay", []), ("belay", ["login"]), ("belay", ["sessions"]), ("belay", ["verify"]), ("belay", ["proxy"]),
            ("belayd", []), ("belayd", ["serve"]), ("belayd", ["token"]), ("belayd", ["token", "create"]),
        ]
        for (program, command) in commands {
            var asked = [command + ["--help"]]
            if command.isEmpty { asked += [["--version"], ["--generate-completion-script", "bash"]] }
            for arguments in asked {
                for redirection in [">/dev/full", ">&-"] {
                    let outcome = try await run(home, program, arguments, redirection)
                    #expect(outcome.status == 74, "\(program) \(arguments) \(redirection): \(outcome.errors)")
                    #expect(
                        outcome.errors.hasPrefix("\(program): cannot write to the standard output: "),
                        "\(outcome.errors)")
                }
                let whole = try await home.run(program, arguments)
                #expect(whole.status == 0 && !whole.output.isEmpty && whole.errors.isEmpty, "\(whole.errors)")
            }
        }
    }

    @Test("an argument that is wrong is quoted without its control characters")
    func hostileArguments() async throws {
        let home = try Home()
        for hostile in ["\u{1B}[31mbad", "\u{9B}31mbad", "\u{1B}]0;bad\u{7}bad", "bad\u{202E}", "bad\u{7}"] {
            for (program, arguments) in [
                ("belay", ["--b\(hostile)"]), ("belay", ["--batch", "--output", hostile]),
                ("belay", ["--timeout", hostile]), ("belay", ["verify", "--server", "x", "--directory", hostile]),
                ("belay", ["proxy", "--to", "127.0.0.1:1", "--\(hostile)"]), ("belayd", [hostile]),
                ("belayd", ["serve", "--listen", hostile]),
                ("belayd", ["serve", "--expire", hostile]),
                ("belayd", ["token", "create", "--user", "u", "--expires", hostile]),
            ] {
                let outcome = try await home.run(program, arguments)
                #expect(outcome.status == 64, "\(arguments): \(outcome.errors)")
                #expect(outcome.errors.contains("bad"), "\(outcome.errors)")
                let isClean = outcome.errors.unicodeScalars.allSatisfy { scalar in
                    scalar == "\n" || !(scalar.properties.generalCategory == .control || scalar.value == 0x202E)
                }
                #expect(isClean, "\(arguments): \(outcome.errors)")
            }
        }
    }

    @Test("a file that would exceed the limit of its size is reported")
    func sizeLimit() async throws {
        let home = try Home()
        let output = home.directory.path("limited")
        let outcome = try await home.run(
            "belay", ["sessions", "--json"], prefix: ["sh", "-c", "ulimit -f 0; exec \"$@\" >\(output)", "sh"])
        #expect(outcome.status == 74, "\(outcome.status) \(outcome.errors)")
    }

    @Test("a folder is no empty configuration, for either program")
    func folderAsConfiguration() async throws {
        let home = try Home()
        let folder = home.directory.path("folder")
        try #require(mkdir(folder, 0o700) == 0)
        let client = try await home.batch("--config", folder, "hello")
        #expect(client.status == 78 && client.errors.contains("Is a directory"), "\(client.errors)")
        let data = home.directory.path("data")
        let server = try await home.run(
            "belayd", ["serve", "--config", folder, "--data", data, "--listen", "127.0.0.1:0"])
        #expect(server.status == 78 && server.errors.contains("Is a directory"), "\(server.errors)")
    }

    @Test("relative paths of the server's options are the caller's")
    func relativePaths() async throws {
        let home = try Home()
        let server = try Child(
            ["\(Home.programs)/belayd", "serve", "--socket", "x.sock", "--data", "data"], environment: home.environment,
            directory: home.shop,
            files: ("/dev/null", home.directory.path("server.out"), home.directory.path("server.err")))
        defer { server.killAndWait() }
        #expect(await eventually { access(home.shop + "/x.sock", F_OK) == 0 })
        #expect(access(home.shop + "/data/x.sock", F_OK) != 0)
        let outcome = try await home.batch("--server", "unix:\(home.shop)/x.sock", "hello")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }
}
