import Foundation
import ProgramKit
import TestKit
import Testing

/// `belay agents`, as somebody uses it who wants another agent than the librarian.
@Suite("belay agents")
struct AgentsCommandTests {
    private func configuration(_ home: Home) -> String { home.directory.path("config/belay/belayd.toml") }

    @Test("a new user adds an agent, and is told what to install")
    func adding() async throws {
        let home = try Home(["PATH": "/usr/bin:/bin"])
        let empty = try await home.run("belay", ["agents"])
        #expect(empty.status == 0 && empty.output == "librarian\t(built in)\tready\n")
        for (number, name) in ["claude", "codex", "gemini", "goose", "hermes", "opencode"].enumerated() {
            let added = try await home.run("belay", ["agents", "add", name])
            #expect(added.status == 0, "\(added.errors)")
            #expect(added.output.hasPrefix("added [agents.\(name)] to \(configuration(home))\n"))
            #expect(added.output.contains("install it"), "\(added.output)")
            let list = try await home.run("belayd", ["agents", "list"]).output.split(separator: "\n")
            #expect(list.count == number + 2)
            #expect(list.contains { $0.hasPrefix("\(name)\t") && $0.hasSuffix("\tnot found in PATH") }, "\(list)")
        }
        let model = try await home.run("belay", ["agents", "add", "ollama"])
        #expect(model.output.contains("run ollama pull"), "\(model.output)")
        let listed = try await home.run("belay", ["agents"]).output
        #expect(listed.contains("ollama\tqwen3\thttp://127.0.0.1:11434/v1\n"), "\(listed)")
        let again = try await home.run("belay", ["agents", "add", "claude"])
        #expect(again.status == 78 && again.errors.contains("has [agents.claude] already"))
        let other = try await home.run("belay", ["agents", "add", "gpt"])
        #expect(other.status == 67 && other.errors.contains("'gpt' is none of claude, codex"))
        let attributes = try FileManager.default.attributesOfItem(atPath: configuration(home))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("what the file had before stays, and a file that is wrong is not added to")
    func keeping() async throws {
        let home = try Home()
        let file = home.directory.path("own.toml")
        try "[limits]\nturns = 3".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try await home.run("belay", ["agents", "add", "gemini", "--config", file]).status == 0)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(
            text == "[limits]\nturns = 3\n\n[agents.gemini]\nkind = \"acp\"\ncommand = \"gemini\"\nargs = [\"--acp\"]\n"
        )
        try "[limits]\ntruns = 3".write(toFile: file, atomically: true, encoding: .utf8)
        let wrong = try await home.run("belay", ["agents", "add", "goose", "--config", file])
        #expect(wrong.status == 78 && wrong.errors.contains("there is no key 'limits.truns'"))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "[limits]\ntruns = 3")
    }

    @Test("a check starts the agent, asks it, and says what fails")
    func checking() async throws {
        let home = try Home()
        let script = Repository.root.appendingPathComponent("Tests/Peers/agent.py").path
        func agent(_ name: String, _ environment: String = "", command: String = "python3") -> String {
            """
            [agents.\(name)]
            kind = "acp"
            command = "\(command)"
            args = ["-B", "\(script)"]
            env = { \(environment) }
            start_timeout = "60s"

            """
        }
        let text =
            agent("good") + agent("old", "AGENT_VERSION = \"2\"") + agent("shy", "AGENT_SIGN_IN = \"needed\"")
            + agent("gone", command: "no-such-agent")
        try FileManager.default.createDirectory(
            atPath: home.directory.path("config/belay"), withIntermediateDirectories: true)
        try text.write(toFile: configuration(home), atomically: true, encoding: .utf8)

        let good = try await home.run("belay", ["agents", "check", "good"])
        #expect(good.status == 0, "\(good.errors)")
        let lines = good.output.split(separator: "\n")
        #expect(
            lines.first?.hasPrefix("started\t") == true && lines.last?.hasSuffix("\tIt is there.") == true, "\(lines)")
        for (name, message) in [
            ("old", "version 2"), ("shy", "wants you to sign in first: A key - set AGENT_KEY"),
            ("gone", "is not installed"),
        ] {
            let bad = try await home.run("belay", ["agents", "check", name])
            #expect(bad.status == 69 && bad.errors.contains(message), "\(bad.errors)")
            #expect(bad.errors.split(separator: "\n").count == 1 && bad.output.isEmpty)
        }
        let none = try await home.run("belay", ["agents", "check", "none"])
        #expect(none.status == 67 && none.errors.contains("it has librarian, gone, good, old, shy"), "\(none.errors)")
    }
}
