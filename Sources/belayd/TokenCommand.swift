import ArgumentParser
import Glibc
import Ledger
import Server
import Storage
import Wire

/// `belayd token`: makes, lists and revokes tokens, beside a running server.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke the tokens that clients sign in with.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Store: ParsableArguments {
        @Option(help: "Where journals and tokens are kept.")
        var data: String?

        /// Opens the store and works with it; what fails is said in one line.
        func use<Value>(_ body: (SQLiteJournal) throws -> Value) throws -> Value {
            do { return try body(SQLiteJournal(folder: DataFolder.prepare(data ?? Folders().data))) } catch {
                Failure.print("\(error)")
                throw ExitCode(Failure.code(for: error))
            }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it. It is shown this once and kept nowhere.")

        @Option(help: "Whose token it is.")
        var user: String
        @Option(help: "How long it is good, for example 90d; for ever unless told.")
        var expires: String?
        @OptionGroup var store: Store

        func validate() throws {
            if let problem = UserName.problem(with: user) { throw ValidationError("the user of --user \(problem)") }
            guard Principal(user) != SessionRoots.local else {
                throw ValidationError("'\(user)' is whoever runs the server and needs no token: take another name")
            }
            if let expires, Duration(text: expires) == nil {
                throw ValidationError("--expires wants a duration like 90d, not '\(expires)'")
            }
        }

        func run() throws {
            let (token, record) = Tokens.make(
                for: Principal(user), lifetime: expires.flatMap { Duration(text: $0) },
                now: Clock.system.now.timestamp)
            try store.use { try $0.add(record) }
            do { try Failure.output(token + "\n") } catch {
                // Nobody has it, and nobody will.
                _ = try store.use { try $0.revoke(record.id, at: Clock.system.now.timestamp) }
                throw error
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens; never the tokens themselves.")
        @OptionGroup var store: Store

        func run() throws {
            let now = Clock.system.now.timestamp
            var lines = ""
            for token in try store.use({ try $0.tokens(nil) }) {
                let state = token.refusal(at: now)?.reason.dropFirst("token_".count) ?? "good"
                let end = token.expiresAt.map(ISO8601.text) ?? "never expires"
                let fields = [token.id, "\(token.principal)", String(state), ISO8601.text(token.createdAt), end]
                // Names of earlier versions may have had characters that break the table, or the terminal.
                lines += fields.map { $0.withoutControls.replacing("\t", with: " ") }.joined(separator: "\t") + "\n"
            }
            try Failure.output(lines)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token; connections that use it end within a second.")

        @Argument(help: "The token's name, as `belayd token list` shows it.")
        var id: String
        @OptionGroup var store: Store

        func run() throws {
            guard try store.use({ try $0.revoke(id, at: Clock.system.now.timestamp) }) else {
                Failure.print("there is no token '\(id)'; `belayd token list` shows them")
                throw ExitCode(67)
            }
        }
    }
}

extension TokenCommand {
    /// The arguments with what can only be a token's name behind a `--`: names used to be made with `-` in front, and
    /// such a token has to be revocable as it is shown. They have eight characters of base64url; no option has.
    static func terminated(_ arguments: [String]) -> [String] {
        guard arguments.starts(with: ["token", "revoke"]), !arguments.contains("--") else { return arguments }
        func isName(_ argument: String) -> Bool {
            argument.hasPrefix("-") && argument.utf8.count == 8 && Base64URL.decode(argument)?.count == 6
        }
        let names = arguments.filter(isName)
        return names.isEmpty ? arguments : arguments.filter { !isName($0) } + ["--"] + names
    }
}
