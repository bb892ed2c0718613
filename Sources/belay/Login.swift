import ArgumentParser
import Client
import Glibc
import Platform
import SystemPackage
import Terminal
import Wire

/// `belay login`: stores a server's token in the token file.
struct Login: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay login",
        abstract: "Store a server's token, read from the standard input, in a file that only you can read.")

    @Option(help: "The server: wss://HOST:PORT, or a [servers.NAME] of the configuration.")
    var server: String

    @Option(help: "The configuration file.")
    var config: String?

    @Flag(help: "Store a token for an unencrypted ws:// server on another machine.")
    var insecure = false

    func run() throws {
        try Failure.report {
            umask(0o077)
            let environment = Folders.environment
            let folders = try Folders(environment: environment)
            let configuration = try Setup.configuration(config, folders, environment)
            guard let known = try configuration.resolve(server, allowsPlaintext: insecure) else {
                throw ClientError.configuration("--server is empty: give an address, or a name of the configuration")
            }
            try Folders.make(folders.state)
            guard let line = try readToken(), !line.isEmpty else {
                throw ClientError.input("there is no token on the standard input: type it, or pipe it in")
            }
            let token = try TokenSource.checked(line, "the standard input")
            let cache = TokenCache(folder: folders.state)
            try cache.keep(token, for: known.endpoint)
            Output.line("belay: the token of \(known.endpoint) is stored in \(cache.path)", to: .standardError)
        }
    }

    /// The most that is read from the standard input, in bytes.
    private static let inputBytesMaximum = 8 << 10

    /// Reads a line from a terminal without echo, otherwise the first line in which something can be seen.
    private func readToken() throws -> String? {
        guard isatty(STDIN_FILENO) != 1 else { return try UnseenInput.line(prompt: "Token: ") }
        let text: String
        do {
            text = try WholeFile.text(
                of: .standardInput, named: "the standard input", atMost: Login.inputBytesMaximum)
        } catch {
            switch error.code {
            case .fileTooLarge:
                throw ClientError.input("the standard input has more than 8 KiB: pipe in the token alone")
            case .illegalByteSequence:
                throw ClientError.input("the standard input is not UTF-8: pipe in the token alone")
            default: throw ClientError.input("\(error)")
            }
        }
        let mark = text.unicodeScalars.first == "\u{FEFF}" ? 1 : 0
        return TextLines.split(String(text.unicodeScalars.dropFirst(mark))).first { !$0.isInvisible }
    }
}
