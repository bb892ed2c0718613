import ArgumentParser
import Client
import Glibc
import Terminal
import Wire

/// The command without a subcommand: the screen, or a batch run with `--batch`.
struct Belay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay",
        abstract: "Chat with an agent that is still there when you come back.",
        usage: """
            belay [OPTION]...
            belay --line [OPTION]...
            belay --batch [OPTION]... [--] [PROMPT]...
            belay acp [--server URL] [--agent NAME]
            belay sessions [--json] [search WORD... | export SESSION | rename SESSION TITLE | delete SESSION]
            belay agents [add NAME | check NAME]
            belay login --server URL
            belay theme [list | show NAME | check NAME... | new NAME]
            belay verify --server URL [--quick]
            belay proxy --to HOST:PORT [--listen HOST:PORT] [--plan FILE]
            """,
        discussion: "Without options: continues the last chat of this folder. See belay(1).",
        version: "belay \(ClientVersion.current)")

    @OptionGroup(title: "Which chat") var chat: ChatArguments
    @OptionGroup(title: "Batch") var batch: BatchArguments

    @Flag(help: "Chat in plain lines, for screen readers, dumb terminals and pipes.")
    var line = false

    @Option(help: "Take the colours from this file.")
    var theme: String?

    func validate() throws {
        try batch.validate(hasBatch: batch.isBatch)
        guard !line || !batch.isBatch else {
            throw ValidationError("--line and --batch are mutually exclusive: give one of them")
        }
    }

    func run() throws {
        let missing = [(STDIN_FILENO, "input"), (STDOUT_FILENO, "output")].first { isatty($0.0) == 0 }
        // A dumb terminal cannot place its cursor.
        let isLine = line || missing == nil && Folders.environment["TERM"] == "dumb"
        if let missing, !batch.isBatch, !isLine {
            throw Failure.exit(
                .usage,
                "the standard \(missing.1) is not a terminal: use --batch to answer prompts without one, or --line to chat"
            )
        }
        try Failure.report {
            let begunAt = ClientClock.now
            // Before the place: the disk and a lock that another process holds can block.
            if batch.isBatch { BatchSignals.watch(timeout: batch.timeout.flatMap { Duration(text: $0) }) }
            let environment = Folders.environment
            let place = try Place(chat, isBatch: batch.isBatch, environment: environment)
            if batch.isBatch {
                // The place owns the lock on this program's instance, so it has to live as long as the run.
                try withExtendedLifetime(place) { place in
                    try BatchCommand(arguments: batch, place: place, begunAt: begunAt).run()
                }
            } else if isLine {
                try LineCommand(place: place, environment: environment).run()
            } else {
                try ScreenCommand(place: place, themeFile: theme, environment: environment).run()
            }
        }
    }
}
