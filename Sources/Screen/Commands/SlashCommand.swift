import Wire

/// A command that is typed into the input as a line that begins with a slash.
///
/// ``all`` is the one table of them: parsing, completion, the help page and the section of `belay(1)` are made from it.
/// A new command is a `static let` like those in `SlashCommand+Chats.swift`, in a file of the feature that it belongs to,
/// and its line in ``all``; then `make golden` writes the help page and the manual again.
struct SlashCommand: Sendable {
    /// What may follow the name.
    enum Arguments: Hashable, Sendable {
        case none
        /// A word that stands for what may be left out, in capitals.
        case optional(String)
        /// A word that stands for what must be given, in capitals.
        case required(String)

        /// The arguments as they are written in a usage line; empty when there are none.
        var usage: String {
            switch self {
            case .none: ""
            case .optional(let word): "[\(word)]"
            case .required(let word): word
            }
        }
    }

    /// One use of a command.
    struct Call {
        /// What follows the name, without the white space around it; empty when nothing does.
        var argument: String
        var now: Instant
        var wallClock: Timestamp
    }

    /// What became of a call.
    enum Outcome {
        /// The command was executed, and the input is empty now.
        case done([Command])
        /// It was not, for this reason, and the text stays in the input.
        case refused(String)
    }

    let name: String
    /// Other names, such as those that users of other clients are used to.
    let aliases: [String]
    let arguments: Arguments
    /// What it does: one line without a full stop, for help, completion and the manual.
    let help: String
    /// Words that the argument can be completed to.
    let choices: @Sendable (Model) -> [String]
    let run: @Sendable (inout Model, Call) -> Outcome

    init(
        _ name: String, aliases: [String] = [], arguments: Arguments = .none, _ help: String,
        choices: @escaping @Sendable (Model) -> [String] = { _ in [] },
        run: @escaping @Sendable (inout Model, Call) -> Outcome
    ) {
        (self.name, self.aliases, self.arguments, self.help) = (name, aliases, arguments, help)
        (self.choices, self.run) = (choices, run)
    }

    /// The name and what may follow it, as in `/agent NAME`.
    var usage: String { arguments == .none ? "/\(name)" : "/\(name) \(arguments.usage)" }

    /// The command with a name or an alias, without its slash.
    static func named(_ word: some StringProtocol) -> SlashCommand? {
        all.first { $0.name == word || $0.aliases.contains { $0 == word } }
    }

    /// All commands, by name.
    static let all: [SlashCommand] = [
        agent,
        config,
        copy,
        export,
        find,
        fork,
        help,
        memory,
        mode,
        model,
        net,
        new,
        permissions,
        queue,
        quit,
        rename,
        resume,
        retry,
        sessions,
        stop,
        theme,
        write,
    ]
}
