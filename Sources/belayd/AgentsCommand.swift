import Agents
import ArgumentParser
import Glibc
import Platform
import Server
import Wire

/// `belayd agents`, which is `belay agents` as well: the agents of the configuration.
struct AgentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "List, add and check the agents of the configuration.",
        subcommands: [List.self, Add.self, Check.self], defaultSubcommand: List.self)

    /// The configuration file.
    struct Place: ParsableArguments {
        @Option(help: "The configuration file.")
        var config: String?

        func path() throws -> String { try config.map(Folders.absolute) ?? Folders().configuration }

        /// The file's text; empty when there is none.
        func text() throws -> String {
            do { return try WholeFile.text(try path()) } catch let error as SystemError where error.isAbsence {
                return ""
            }
        }

        func agents() throws -> [AgentSettings] {
            var configuration = ServerConfiguration(addresses: [], dataDirectory: "/")
            try configuration.apply(toml: try text(), file: try path())
            return configuration.agents
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List each agent: its name, its command and where that is, or its model and the server.")
        @OptionGroup var place: Place

        func run() throws {
            var lines = [["librarian", "(built in)", "ready"]]
            for agent in try Failure.report({ try place.agents() }) {
                switch agent {
                case .acp(let settings):
                    let found = ProgramSearch.path(of: settings.words[0])
                    lines.append([
                        agent.name, settings.words.map { $0.contains(" ") ? $0.shellWord : $0 }.joined(separator: " "),
                        found ?? "not found in PATH",
                    ])
                case .model(let settings):
                    lines.append([agent.name, settings.model, settings.baseURL])
                }
            }
            try Failure.output(lines.map { $0.map(Failure.line).joined(separator: "\t") + "\n" }.joined())
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a well-known agent to the configuration.",
            discussion: "One of: \(AgentPreset.all.map(\.name).joined(separator: ", ")).")
        @Argument(help: "The agent's name.")
        var name: String
        @OptionGroup var place: Place

        func run() throws {
            guard let preset = AgentPreset.all.first(where: { $0.name == name }) else {
                let names = AgentPreset.all.map(\.name).joined(separator: ", ")
                Failure.print(
                    "'\(name)' is none of \(names): write its section yourself, as AGENTS in belayd(8) says")
                throw ExitCode(67)
            }
            let file = try Failure.report { () throws -> String in
                guard try !place.agents().contains(where: { $0.name == name }) else {
                    throw ConfigurationError("\(try place.path()) has [agents.\(name)] already: change it there")
                }
                let (file, text) = (try place.path(), try place.text())
                try PrivateFolder.make(PrivateFolder.parent(of: file))
                let gap = text.isEmpty ? "" : text.hasSuffix("\n") ? "\n" : "\n\n"
                try WholeFile.replace(file, with: text + gap + preset.toml)
                return file
            }
            var said = "added [agents.\(name)] to \(file)\n"
            switch preset.kind {
            case .program(let words) where ProgramSearch.path(of: words[0]) == nil:
                said += "there is no command '\(words[0])' yet: install it (\(preset.installation))\n"
            case .program: break
            case .model(_, let model, _, _):
                said += "to use it, \(preset.installation)\nthe model is '\(model)': change it there for another\n"
            }
            said += "try it with `belay agents check \(name)`; a server that runs has to be started again to know it\n"
            try Failure.output(said)
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start an agent, ask it for one word, and say what fails.")
        @Argument(help: "The agent's name.")
        var name: String
        @Option(help: "The folder that it works in; the default is the current one.")
        var directory: String = "."
        @OptionGroup var place: Place

        func run() async throws {
            if name == "librarian" { return try Failure.output("librarian\tbuilt in\n") }
            let agents = try Failure.report { try place.agents() }
            guard let settings = agents.first(where: { $0.name == name }) else {
                let names = (["librarian"] + agents.map(\.name)).joined(separator: ", ")
                Failure.print("there is no agent '\(name)' in \(try place.path()): it has \(names)")
                throw ExitCode(67)
            }
            do { try await AgentCheck(settings, among: agents, in: Folders.absolute(directory)).run() } catch {
                Failure.print((error as? any TurnError)?.sentence ?? "\(error)")
                throw ExitCode(69)
            }
        }
    }
}
