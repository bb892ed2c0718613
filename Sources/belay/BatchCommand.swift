import Client
import Glibc

/// A batch run, from its arguments to its exit.
struct BatchCommand {
    let arguments: BatchArguments
    let place: BatchPlace

    /// The parts of a place that a run needs; a place itself holds a seat and is not copied.
    struct BatchPlace {
        var store: ChatStore
        var client: ChatClient.Configuration
        var resume: ResumeCommand
    }

    init(arguments: BatchArguments, place: borrowing Place) throws {
        self.arguments = arguments
        BatchSignals.block()
        self.place = BatchPlace(
            store: try place.open(place.selection), client: place.client, resume: place.resume)
    }

    func run() throws {
        let prompts = try prompts()
        guard !prompts.isEmpty else {
            throw ClientError.input(
                "there is no prompt: give one as an argument, with -e, with -f or on the standard input")
        }
        for prompt in prompts { try ChatClient.check(prompt) }
        let run = BatchRun(
            arguments.options(server: place.client.server, resume: place.resume), prompts: prompts,
            store: place.store)
        let client = place.client
        Task {
            switch await run.run(client) {
            case .exit(let code): exit(code.rawValue)
            case .signal(let number): BatchSignals.die(of: number)
            }
        }
        while true { pause() }
    }

    /// The prompts, in order: -e, then -f, then the arguments; the standard input when there is none of these.
    private func prompts() throws(ClientError) -> [String] {
        var prompts = arguments.prompts
        if let file = arguments.file {
            prompts.append(
                file == "-"
                    ? try BatchInput.readAll(STDIN_FILENO, name: "the standard input") : try BatchInput.readFile(file))
        }
        if !arguments.words.isEmpty {
            var words: [String] = []
            for word in arguments.words {
                words.append(word == "-" ? try BatchInput.readAll(STDIN_FILENO, name: "the standard input") : word)
            }
            prompts.append(words.joined(separator: " "))
        }
        guard prompts.isEmpty || arguments.input != nil else { return prompts }
        let text = try BatchInput.readAll(STDIN_FILENO, name: "the standard input")
        return prompts
            + (try BatchInput.prompts(
                in: text, form: arguments.input?.form ?? .lines, isNullSeparated: arguments.isNullSeparated))
    }
}
