import ArgumentParser
import Client
import Glibc
import Platform
import Transport
import Wire

/// `belay --batch`, from its arguments to the exit code.
struct BatchCommand {
    let arguments: BatchArguments
    let place: BatchPlace
    /// Since when `--timeout` runs.
    private let begunAt: Instant
    private let outputFile: String?

    /// The copyable parts of a ``Place``: a place itself owns a lock (its instance), so it cannot be captured by a
    /// task.
    struct BatchPlace {
        var store: ChatStore
        var client: ChatClient.Configuration
        var resume: ResumeCommand
    }

    init(arguments: BatchArguments, place: borrowing Place, begunAt: Instant) throws {
        self.arguments = arguments
        self.begunAt = begunAt
        outputFile = try arguments.outputFile.map(OutputPath.checked)
        let store = try place.open(place.selection)
        guard !store.isExpired else {
            let command = place.resume.text(for: store.session?.rawValue ?? store.key)
            throw ClientError.noSuchChat(
                "this session has expired: leave out --resume to start a new one"
                    + (command.map { "; `\($0)` shows what was said" } ?? ""))
        }
        self.place = BatchPlace(store: store, client: place.client, resume: place.resume)
    }

    func run() throws {
        let prompts = try prompts()
        guard !prompts.isEmpty else {
            throw ClientError.input(
                "belay has no prompt: give one as an argument, with -e, with -f or on the standard input")
        }
        for prompt in prompts {
            try ChatClient.check(prompt)
            guard !prompt.isInvisible else { throw ClientError.input("a prompt is empty: write one") }
        }
        var options = try arguments.options(
            server: place.client.endpoint.description, resume: place.resume, folder: place.store.directory)
        options.timeout = options.timeout.map { max(.zero, $0 - (ClientClock.now - begunAt)) }
        options.outputFile = outputFile
        let run = BatchRun(options, prompts: prompts, store: place.store)
        let client = place.client
        Task {
            switch await run.run(client) {
            case .exit(let code):
                // A network file system may report only on close that what was written is lost.
                guard code == .ok, close(STDOUT_FILENO) != 0, errno != EBADF else { exit(code.rawValue) }
                exit(Failure.exit(.ioError, "\(SystemError("write to the standard output"))").rawValue)
            case .signal(let number): ProcessSignals.die(of: number)
            }
        }
        while true { pause() }
    }

    /// The prompts in order: `-e`, then `-f`, then the arguments; the standard input when none of these was given.
    private func prompts() throws(ClientError) -> [String] {
        var prompts = arguments.prompts
        if let file = arguments.file {
            prompts.append(
                file == "-"
                    ? try BatchInput.readStandardInput() : try BatchInput.readFile(file))
        }
        if !arguments.words.isEmpty {
            var words: [String] = []
            for word in arguments.words {
                words.append(word == "-" ? try BatchInput.readStandardInput() : word)
            }
            prompts.append(words.joined(separator: " "))
        }
        guard prompts.isEmpty || arguments.input != nil else { return prompts }
        let text = try BatchInput.readStandardInput()
        return prompts
            + (try BatchInput.prompts(
                in: text, form: arguments.input?.form ?? .lines, isNullSeparated: arguments.isNullSeparated))
    }
}
