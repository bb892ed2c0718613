import ArgumentParser
import Client
import Wire

/// Options that select the server and the chat.
struct ChatArguments: ParsableArguments {
    @Option(help: "The server: ws://HOST:PORT, wss://HOST:PORT, or a [servers.NAME] of the configuration.")
    var server: String?

    @Option(help: "The configuration file, which must exist.")
    var config: String?

    @Flag(help: "Allow unencrypted ws:// to a server on another machine.")
    var insecure = false

    @Option(help: "The folder of the chat, an absolute path on the server; default: the current one.")
    var directory: String?

    @Option(help: "The agent of a new chat, as the server names it; without -c or --new the last chat with that agent.")
    var agent: String?

    @Flag(name: [.customShort("c"), .customLong("continue")], help: "Continue the last chat of this folder.")
    var continues = false

    @Option(name: .shortAndLong, help: "Continue this session; a unique prefix of at least four characters will do.")
    var resume: String?

    @Flag(help: "With --continue or --resume: go on in a copy of that chat, which stays as it is.")
    var fork = false

    @Flag(name: [.customLong("new")], help: "Start a new chat.")
    var isNew = false

    /// The value of `--resume` without the blanks that copying leaves around it.
    var session: String? { resume?.trimmed }

    func validate() throws {
        guard [continues, resume != nil, isNew].count(where: { $0 }) <= 1 else {
            throw ValidationError("--continue, --resume and --new are mutually exclusive: give one of them")
        }
        guard !fork || continues || resume != nil else {
            throw ValidationError("--fork needs --continue or --resume, which say what is copied")
        }
        guard session.map({ Name.isValid($0) }) ?? true else {
            throw ValidationError("--resume needs a session as `belay sessions` lists it, not '\(resume ?? "")'")
        }
        guard agent == nil || resume == nil else {
            throw ValidationError(
                "--agent and --resume are mutually exclusive: a chat keeps the agent that it began with")
        }
        guard agent.map({ Name.isValid($0) }) ?? true else {
            throw ValidationError("--agent needs the name of an agent, such as librarian, not '\(agent ?? "")'")
        }
        guard directory?.hasPrefix("/") ?? true else { throw ValidationError("--directory needs an absolute path") }
    }
}

/// Options that apply only with `--batch`.
struct BatchArguments: ParsableArguments {
    @Flag(name: .customLong("batch"), help: "Answer prompts without a screen; see the exit codes in belay(1).")
    var isBatch = false

    @Option(name: [.customShort("e"), .customLong("prompt")], help: "A prompt. May be repeated.")
    var prompts: [String] = []

    @Option(name: .shortAndLong, help: "One prompt from a file; - is all of the standard input.")
    var file: String?

    @Option(help: "How the standard input is read: lines, text or jsonl.")
    var input: InputForm?

    @Flag(name: [.customShort("0"), .customLong("null")], help: "Prompts on the standard input end with NUL.")
    var isNullSeparated = false

    @Option(
        name: [.customShort("o"), .customLong("output"), .customLong("output-format")],
        help: "The format of the output: text, json or jsonl.")
    var output: OutputFormat = .text

    @Option(
        name: [.customShort("O"), .customLong("output-file")],
        help: "Also write the last answer to this file; - is the standard output.")
    var outputFile: String?

    @Flag(help: "Write the answer as it arrives.")
    var stream = false

    @Option(help: "A line between two answers in the text format.")
    var separator = ""

    @Flag(help: "Keep control characters in the text format.")
    var raw = false

    @Option(help: "The longest time without a connection, for example 5m; 0 fails at the first drop, inf never does.")
    var maxOffline: String?

    @Option(help: "Whether the agent may do what it asks for: allow, deny, ask or rule:FILE.")
    var permissions: Permissions = .deny

    @Option(help: "Time-out for the whole run, for example 10m.")
    var timeout: String?

    @Flag(name: .shortAndLong, help: "Continue after a prompt that failed.")
    var keepGoing = false

    @Flag(name: .shortAndLong, help: "Do not report the state of the connection.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Also report tool calls and the steps of the plan.")
    var verbose = false

    @Argument(help: "A prompt; - among the words is all of the standard input.")
    var words: [String] = []

    /// Options that a later version may have: they are declared so that they are refused by name instead of ignored.
    @Option(name: [.customLong("session-id"), .customLong("name")], help: .hidden)
    var notYetValues: [String] = []
    @Flag(name: [.customLong("no-wait"), .customLong("wait")], help: .hidden)
    var notYetFlag = false

    func validate(hasBatch: Bool) throws {
        guard notYetValues.isEmpty, !notYetFlag else {
            throw ValidationError(
                "--name, --no-wait, --session-id and --wait are not in this version"
            )
        }
        guard hasBatch || words.isEmpty && prompts.isEmpty && file == nil else {
            throw ValidationError("a prompt on the command line needs --batch; without it, type the prompt in the chat")
        }
        guard permissions != .ask || BatchPermissions.canAsk else {
            throw ValidationError("--permissions ask needs a terminal: without one say allow, deny or rule:FILE")
        }
        for (name, value) in [("--max-offline", maxOffline), ("--timeout", timeout)] {
            guard let value, value != "inf" || name == "--timeout" else { continue }
            guard Duration(text: value) != nil else {
                throw ValidationError("\(name) needs a duration like 90s or 5m, not '\(value)'")
            }
        }
    }

    /// The options of the run; the defaults of ``BatchOptions`` for whatever was not given.
    ///
    /// - Parameter folder: The session's folder, which rules are about.
    func options(
        server: String, resume: ResumeCommand, folder: String
    ) throws(ClientError) -> BatchOptions {
        var options = BatchOptions()
        options.format = output.format
        options.isStreaming = stream
        options.keepsGoing = keepGoing
        options.isRaw = raw
        options.separator = separator
        options.verbosity = quiet ? 0 : verbose ? 2 : 1
        if let maxOffline { options.offlineMaximum = maxOffline == "inf" ? nil : Duration(text: maxOffline) }
        options.permissions = try permissions.policy(folder: folder)
        options.timeout = timeout.flatMap { Duration(text: $0) }
        options.server = server
        options.resume = resume
        return options
    }
}

/// `--permissions`: what a run without a user answers to an agent that asks.
enum Permissions: ExpressibleByArgument, Equatable {
    case allow, deny, ask
    case rules(String)

    static let allValueStrings = ["allow", "deny", "ask", "rule:FILE"]

    init?(argument: String) {
        switch argument {
        case "allow": self = .allow
        case "deny": self = .deny
        case "ask": self = .ask
        default:
            guard argument.hasPrefix("rule:"), argument != "rule:" else { return nil }
            self = .rules(String(argument.dropFirst("rule:".count)))
        }
    }

    var defaultValueDescription: String { "deny" }

    func policy(folder: String) throws(ClientError) -> BatchPermissions {
        switch self {
        case .allow: return .allow
        case .deny: return .deny
        case .ask: return .ask
        case .rules(let file): return try .rules(in: file, folder: folder)
        }
    }
}

/// `--output`: a format of the output, with the alias `stream-json` that other clients use.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, jsonl
    case streamJSON = "stream-json"

    var format: BatchOptions.Format {
        switch self {
        case .text: .text
        case .json: .json
        case .jsonl, .streamJSON: .jsonl
        }
    }
}

/// `--input`: how prompts are read from the standard input.
enum InputForm: String, ExpressibleByArgument, CaseIterable {
    case lines, text, jsonl

    var form: BatchInput.Form {
        switch self {
        case .lines: .lines
        case .text: .text
        case .jsonl: .jsonl
        }
    }
}
