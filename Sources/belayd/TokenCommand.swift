import ArgumentParser
import Glibc
import Journal
import Ledger
import Server
import Wire

/// `belayd token`: makes, lists and revokes tokens, beside a running server.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke the tokens that clients sign in with.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Store: ParsableArguments {
        @Option(help: "The data folder, which holds journals and tokens.")
        var data: String?

        func validate() throws {
            if let data, data.isEmpty {
                throw ValidationError("--data is empty: give a path, or leave the option out")
            }
        }

        /// Opens the store and passes it to `body`; an error is printed on one line and ends the command.
        func use<Value>(_ body: (SQLiteJournal) throws -> Value) throws -> Value {
            try Failure.report { try body(SQLiteJournal(folder: DataFolder.prepare(data ?? Folders().data))) }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it. It is shown only once; the server keeps its hash.")

        @Option(help: "The user that the token signs in as.")
        var user: String
        @Option(help: "How long the token is valid, for example 90d. Without it the token never expires.")
        var expires: String?
        @OptionGroup var store: Store

        func validate() throws {
            if let problem = UserName.problem(with: user) { throw ValidationError("the name of --user \(problem)") }
            guard user.lowercased() != "\(SessionRoots.local)" else {
                throw ValidationError("'\(user)' is reserved for the server's own user: choose another name")
            }
            if let expires, Duration(text: expires) == nil {
                throw ValidationError("--expires takes a duration such as 90d, not '\(expires)'")
            }
        }

        func run() throws {
            let (token, record) = Tokens.make(
                for: Principal(user), lifetime: expires.flatMap { Duration(text: $0) },
                now: Clock.system.now.timestamp)
            try store.use { try $0.add(record, by: .never) }
            try Failure.output(token + "\n") {
                // The token could not be shown, so nobody can ever use it: revoke it.
                _ = try store.use { try $0.revoke(record.id, at: Clock.system.now.timestamp, by: .never) }
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the ID, user, state and times of each token; never the token itself.")
        @OptionGroup var store: Store

        func run() throws {
            let now = Clock.system.now.timestamp
            var lines = ""
            for token in try store.use({ try $0.tokens(nil, by: .never) }) {
                let state = token.refusal(at: now)?.reason.dropFirst("token_".count) ?? "good"
                let end = token.expiresAt.map(ISO8601.text) ?? "never expires"
                let fields = [token.id, "\(token.principal)", String(state), ISO8601.text(token.createdAt), end]
                // Earlier versions accepted names with tabs and control characters, which would break the table or the
                // terminal.
                lines += fields.map { $0.withoutControls.replacing("\t", with: " ") }.joined(separator: "\t") + "\n"
            }
            try Failure.output(lines)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token. Connections that use it are closed within a second.")

        @Argument(help: "The token's ID, as `belayd token list` shows it.")
        var id: String
        @OptionGroup var store: Store

        func run() throws {
            guard try store.use({ try $0.revoke(id, at: Clock.system.now.timestamp, by: .never) }) else {
                Failure.print("there is no token with the ID '\(id)': see `belayd token list`")
                throw ExitCode(67)
            }
        }
    }
}

extension TokenCommand {
    /// The arguments, with `--` inserted before what can only be a token's ID: earlier versions made IDs that begin
    /// with `-`, and such a token must be revocable by the ID that is listed. Those IDs have eight base64url
    /// characters; no option has.
    static func terminated(_ arguments: [String]) -> [String] {
        guard arguments.starts(with: ["token", "revoke"]), !arguments.contains("--") else { return arguments }
        func isName(_ argument: String) -> Bool {
            argument.hasPrefix("-") && argument.utf8.count == 8 && Base64URL.decode(argument)?.count == 6
        }
        let names = arguments.filter(isName)
        return names.isEmpty ? arguments : arguments.filter { !isName($0) } + ["--"] + names
    }
}
