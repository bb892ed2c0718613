import ArgumentParser
import Client
import Glibc
import NIOPosix
import Platform
import SystemPackage
import Transport
import Verify
import Wire

/// `belay verify`: runs the reconnection test plan against a server.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay verify",
        abstract: "Run the five cases of the reconnection test plan against a server, and print what was measured.",
        discussion: "Takes eleven minutes; --quick shortens the waits to the server's limits. See belay(1).")

    @Option(help: "The server: ws://HOST:PORT, wss://HOST:PORT, unix:PATH, or a [servers.NAME] of the configuration.")
    var server: String

    @Flag(help: "Shorten the waits to what the server's limits allow; the report lists them.")
    var quick = false

    @Flag(help: "Print one JSON object instead of the table.")
    var json = false

    @Option(help: "Also write the report to this file, as JUnit XML.")
    var junit: String?

    @Option(help: "Also write the report to this file, as a page of HTML.")
    var html: String?

    @Option(help: "The folder of the sessions, on the server; default: the current one.")
    var directory: String?

    @Option(help: "The configuration file.")
    var config: String?

    @Flag(help: "Allow unencrypted ws:// to a server on another machine.")
    var insecure = false

    func validate() throws {
        if let directory, !directory.hasPrefix("/") {
            throw ValidationError("--directory needs an absolute path, not '\(directory)'")
        }
    }

    func run() throws {
        try Failure.report {
            BatchSignals.watch()
            var command = self
            // Checked first: the report is written after up to eleven minutes.
            command.junit = try junit.map(OutputPath.checked)
            command.html = try html.map(OutputPath.checked)
            let options = try options()
            let checked = command
            Task {
                let loop = MultiThreadedEventLoopGroup.singleton.next()
                do {
                    let report = try await Examination(options, on: loop).run()
                    Glibc.exit(try checked.tell(report))
                } catch {
                    ProcessSignals.waitIfDying()
                    Glibc.exit(VerifyCommand.code(for: error, at: options.endpoint))
                }
            }
            while true { pause() }
        }
    }

    private func options() throws -> Examination.Options {
        let environment = Folders.environment
        let folders = try Folders(environment: environment)
        let configuration = try Setup.configuration(config, folders, environment)
        guard let known = try configuration.resolve(server, allowsPlaintext: insecure) else {
            throw ClientError.configuration("--server is empty: give an address, or a name of the configuration")
        }
        let tokens = TokenSource(
            environment: environment["BELAY_TOKEN"], command: known.tokenCommand,
            cache: TokenCache(folder: folders.state))
        return Examination.Options(
            endpoint: known.endpoint, token: { try await tokens.token(for: known.endpoint) },
            authorities: Authorities(environment: environment, additional: known.certificates),
            proxies: Proxies(environment: environment), allowsPlaintext: known.allowsPlaintext,
            compression: known.compression,
            directory: try directory ?? Place.currentDirectory(), isQuick: quick,
            progress: { Output.line("belay verify: \($0)", to: .standardError) })
    }

    /// Writes the report in the formats that were asked for.
    ///
    /// - Returns: The exit code: 0 only when all criteria passed.
    private func tell(_ report: Report) throws -> Int32 {
        for (file, text) in [(junit, report.junit), (html, report.html)] {
            guard let file else { continue }
            do { try WholeFile.replace(file, with: text) } catch { throw ClientError.folder("\(error)") }
        }
        if json {
            try print(report.json.printable + "\n")
        } else {
            let hasColours = isatty(STDOUT_FILENO) == 1 && Folders.environment["NO_COLOR", default: ""].isEmpty
            // The table has no control characters of the server's any more, and its colours are our own escape
            // sequences.
            try print(report.table(hasColours: hasColours))
        }
        return (report.isPassed ? BatchExit.ok : .unfinished).rawValue
    }

    private func print(_ text: String) throws { try Output.verbatim(text, to: .standardOutput) }

    private static func code(for error: any Error, at endpoint: Endpoint) -> Int32 {
        func say(_ exit: BatchExit, _ message: String) -> Int32 { Failure.exit(exit, message).rawValue }
        switch error {
        case DialError.unreachable(let message): return say(.unavailable, message)
        case DialError.refused(let refusal) where refusal.isRetryable:
            return say(.unavailable, "\(endpoint): \(refusal.message)")
        case DialError.refused(let refusal): return say(.noPermission, "\(endpoint): \(refusal.message)")
        case DialError.foreign(let message), DialError.untrusted(let message): return say(.protocolError, message)
        case let error as SystemError: return say(.ioError, "\(error)")
        case let error as ClientError:
            if case .folder = error { return say(.cannotCreate, "\(error)") }
            return say(.noPermission, "\(error)")
        default: return say(.protocolError, "\(endpoint): \(error)")
        }
    }
}
