import ArgumentParser
import Client
import Glibc
import Platform
import Screen
import SystemPackage
import Wire

/// `belay theme`: lists, shows, checks and begins themes.
struct ThemeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay theme",
        abstract: "List, show, check or begin a theme.",
        subcommands: [List.self, Show.self, Check.self, New.self], defaultSubcommand: List.self)

    /// `belay theme list`: one line for each theme.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the themes: name, title, backgrounds that it is for, and where it is.")

        func run() throws {
            try Failure.report {
                let library = try ThemeCommand.library()
                let widest = library.names.map(\.count).max() ?? 0
                for name in library.names {
                    do {
                        let file = try library.file(name)
                        let parts = [
                            name.padded(to: widest), (file.header.title ?? name).padded(to: 14),
                            (file.header.appearance?.rawValue ?? "dark, light").padded(to: 11),
                            file.isBuiltIn ? "built in" : file.place,
                        ]
                        Output.line(parts.joined(separator: "  "), to: .standardOutput)
                    } catch let error as ClientError {
                        Output.line("\(name.padded(to: widest))  cannot be used: \(error)", to: .standardOutput)
                    }
                }
            }
        }
    }

    /// `belay theme show`: every role in its style.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every role of a theme in its style, and what the style is.")

        @Argument(help: "The name of a theme, or a file.") var theme: String

        @Flag(help: "Show the variant for light backgrounds.") var light = false

        func run() throws {
            try Failure.report {
                let hasColor = isatty(STDOUT_FILENO) != 0 && (Folders.environment["NO_COLOR"] ?? "").isEmpty
                let chain = try ThemeCommand.chain(theme)
                let theme = try chain.theme(on: Canvas(appearance: light ? .light : .dark))
                let text = Role.allCases.map { role in
                    let style = theme[role]
                    let sample = "The quick brown fox 0123"
                    let shown = hasColor ? "\u{1B}[\(style.parameters)m\(sample)\u{1B}[m" : sample
                    return "\(role.rawValue.padded(to: 18))  \(shown)  \(style.text)\n"
                }
                try Output.verbatim(text.joined(), to: .standardOutput)
            }
        }
    }

    /// `belay theme check`: what is hard to read.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check themes: unknown keys, contrast, roles that look the same.",
            discussion: "Exits with 0, with 1 when something was found, and with 78 when a file is no theme.")

        @Argument(help: "Names of themes, or files.") var themes: [String]

        func run() throws {
            try Failure.report {
                var hasFindings = false
                for name in themes {
                    let chain = try ThemeCommand.chain(name)
                    _ = try chain.theme(on: Canvas())
                    let findings = (try? ThemeReview.findings(chain.table)) ?? []
                    for finding in findings { Output.line("\(name): \(finding)", to: .standardOutput) }
                    if findings.isEmpty { Output.line("\(name): good", to: .standardOutput) }
                    hasFindings = hasFindings || !findings.isEmpty
                }
                if hasFindings { throw ExitCode(1) }
            }
        }
    }

    /// `belay theme new`: a file to change.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin a theme: copy another one into the folder of your themes.")

        @Argument(help: "The name of the new theme.") var name: String

        @Option(help: "The theme to copy.") var from = "tide"

        func validate() throws {
            guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
                throw ValidationError("a theme's name is letters, digits and dashes, not '\(name)'")
            }
        }

        func run() throws {
            try Failure.report {
                let library = try ThemeCommand.library()
                let source = try library.file(from)
                try Folders.make(library.own, .believed)
                let path = "\(library.own)/\(name).toml"
                guard access(path, F_OK) != 0 else {
                    throw Failure.exit(.cannotCreate, "\(path) exists already: choose another name")
                }
                try WholeFile.replace(path, with: ThemeCommand.renamed(source.text, to: name))
                Output.line("\(path) is a copy of \(from): change it while belay shows it", to: .standardOutput)
                Output.line("Try it with: /theme \(name), or theme = \"\(name)\" in config.toml", to: .standardOutput)
            }
        }
    }

    /// The themes of this user.
    private static func library() throws(ClientError) -> ThemeLibrary {
        ThemeLibrary(configuration: try Folders(environment: Folders.environment).configuration)
    }

    /// The theme with a name, or of a file.
    private static func chain(_ name: String) throws(ClientError) -> ThemeChain {
        name.contains("/") || name.hasSuffix(".toml") ? try library().chain(path: name) : try library().chain(name)
    }

    /// The text of a theme file with another name.
    private static func renamed(_ text: String, to name: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // Sections have keys of their own with these names.
        let sections = lines.firstIndex { $0.hasPrefix("[") } ?? lines.endIndex
        return lines.enumerated().map { index, line in
            guard index < sections else { return String(line) }
            let key = line.prefix { $0 != "=" }.filter { $0 != " " }
            let isHeader = key == "name" || key == "title"
            return isHeader ? "\(line.prefix { $0 != "=" })= \"\(name)\"" : String(line)
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        count < width ? self + String(repeating: " ", count: width - count) : self
    }
}
