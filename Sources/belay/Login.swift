import ArgumentParser
import Client
import Glibc

/// `belay login`: keeps a server's token.
struct Login: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay login",
        abstract: "Keep a server's token, read from the standard input, in a file that only you can read.")

    @Option(help: "The server: wss://HOST:PORT, or a [servers.NAME] of the configuration.")
    var server: String

    @Option(help: "The configuration file.")
    var config: String?

    @Flag(help: "Keep a token for a server that is spoken to in plain text beyond this machine.")
    var insecure = false

    func run() throws {
        try Failure.report {
            umask(0o077)
            let environment = Folders.environment
            let folders = Folders(environment: environment)
            let configuration = try Setup.configuration(config, folders, environment)
            guard let known = try configuration.resolve(server, allowsPlaintext: insecure) else {
                throw ClientError.configuration("--server wants a server")
            }
            try Folders.make(folders.state)
            guard let token = readToken(), !token.isEmpty else {
                throw ClientError.input("no token on the standard input")
            }
            let cache = TokenCache(folder: folders.state)
            try cache.keep(token, for: known.endpoint)
            Output.line("belay: the token of \(known.endpoint) is kept in \(cache.path)", to: STDERR_FILENO)
        }
    }

    /// Reads a line; from a terminal without showing it.
    private func readToken() -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return readLine() }
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        let saved = settings
        settings.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
        defer {
            var saved = saved
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
            Output.line("", to: STDERR_FILENO)
        }
        _ = "Token: ".withCString { write(STDERR_FILENO, $0, strlen($0)) }
        return readLine()
    }
}
