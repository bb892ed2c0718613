import ArgumentParser
import Client
import Wire

/// Options that say which chat, at which server.
struct ChatArguments: ParsableArguments {
    @Option(help: "The server: ws://HOST:PORT, wss://HOST:PORT, or a [servers.NAME] of the configuration.")
    var server: String?

    @Option(help: "The configuration file.")
    var config: String?

    @Flag(help: "Speak plain text to a server beyond this machine.")
    var insecure = false

    @Option(help: "The folder of the chat, an absolute path at the server; the current one unless told.")
    var directory: String?

    @Flag(name: [.customShort("c"), .customLong("continue")], help: "Go on with the last chat of this folder.")
    var continues = false

    @Option(name: .shortAndLong, help: "Go on with this session.")
    var resume: String?

    @Flag(name: [.customLong("new")], help: "Begin a new chat.")
    var isNew = false

    func validate() throws {
        guard [continues, resume != nil, isNew].count(where: { $0 }) <= 1 else {
            throw ValidationError("--continue, --resume and --new exclude one another")
        }
        guard directory?.hasPrefix("/") ?? true else { throw ValidationError("--directory wants an absolute path") }
    }
}

/// Options of batch runs.
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
        help: "The form of the output: text, json or jsonl.")
    var output: OutputFormat = .text

    @Option(name: [.customShort("O"), .customLong("output-file")], help: "Also write the last answer to this file.")
    var outputFile: String?

    @Flag(help: "Write the answer as it comes.")
    var stream = false

    @Option(help: "A line between two answers in text.")
    var separator = ""

    @Flag(help: "Keep control characters in text.")
    var raw = false

    @Option(help: "The longest time without a connection, for example 5m; 0 fails at the first drop; or inf.")
    var maxOffline: String?

    @Option(help: "The longest run, for example 10m.")
    var timeout: String?

    @Flag(name: .shortAndLong, help: "Go on after a prompt that failed.")
    var keepGoing = false

    @Flag(name: .shortAndLong, help: "Say nothing about the connection.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say more: tools and steps.")
    var verbose = false

    @Argument(help: "A prompt; - among the words is all of the standard input.")
    var words: [String] = []

    /// Options of the page belay-batch that this version does not have are refused, never ignored.
    @Option(name: [.customLong("permissions"), .customLong("session-id"), .customLong("name")], help: .hidden)
    var notYetValues: [String] = []
    @Flag(name: [.customLong("fork"), .customLong("no-wait"), .customLong("wait"), .customLong("line")], help: .hidden)
    var notYetFlag = false

    func validate(hasBatch: Bool) throws {
        guard notYetValues.isEmpty, !notYetFlag else {
            throw ValidationError(
                "--fork, --line, --name, --no-wait, --permissions, --session-id and --wait are not there in this version"
            )
        }
        guard hasBatch || words.isEmpty && prompts.isEmpty && file == nil else {
            throw ValidationError("a prompt on the command line needs --batch")
        }
        for (name, value) in [("--max-offline", maxOffline), ("--timeout", timeout)] {
            guard let value, value != "inf" || name == "--timeout" else { continue }
            guard Duration(text: value) != nil else {
                throw ValidationError("\(name) wants a duration like 90s or 5m, not '\(value)'")
            }
        }
    }

    /// What the run is asked for.
    func options(server: String, resume: ResumeCommand) -> BatchOptions {
        var options = BatchOptions()
        options.format = output.format
        options.outputFile = outputFile
        options.isStreaming = stream
        options.keepsGoing = keepGoing
        options.isRaw = raw
        options.separator = separator
        options.verbosity = quiet ? 0 : verbose ? 2 : 1
        if let maxOffline { options.offlineMaximum = maxOffline == "inf" ? nil : Duration(text: maxOffline) }
        options.timeout = timeout.flatMap { Duration(text: $0) }
        options.server = server
        options.resume = resume
        return options
    }
}

/// A form of output, under each of its names.
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

/// A form of input.
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
