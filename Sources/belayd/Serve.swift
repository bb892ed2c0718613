import Agents
import ArgumentParser
import Glibc
import Ledger
import Logging
import Platform
import Server
import ServiceLifecycle
import Transport
import UnixSignals
import Wire

/// `belayd serve`: runs the server in the foreground.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve sessions until told to end.",
        discussion: "Listens on 127.0.0.1:8137 unless told otherwise. See belayd(8).")

    @Option(help: "Listen on this address and port; 0 picks a free port. May be repeated.")
    var listen: [String] = []

    @Option(help: "Listen on this Unix domain socket. Programs of this user need no token there.")
    var socket: String?

    @Option(help: "Where journals and tokens are kept.")
    var data: String?

    @Option(help: "Users of the network may have sessions in this folder. May be repeated.")
    var root: [String] = []

    @Option(help: "The configuration file.")
    var config: String?

    @Option(help: "The certificate to encrypt with, PEM.")
    var tlsCert: String?

    @Option(help: "The certificate's key, PEM.")
    var tlsKey: String?

    @Flag(help: "Listen beyond this machine without TLS.")
    var insecure = false

    @Option(help: "How long a session waits for its client, for example 5m, 30d or never.")
    var expire: String?

    @Option(help: "Write what is logged to this file, and keep it within bounds.")
    var log: String?

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key go together")
        }
        for text in listen {
            guard HostPort(parsing: text)?.port != nil else {
                throw ValidationError("--listen wants HOST:PORT, for example 127.0.0.1:8137, not '\(text)'")
            }
        }
        guard expire.map({ $0 == "never" || Duration(text: $0) != nil }) ?? true else {
            throw ValidationError("--expire wants a duration like 5m or 30d, or never, not '\(expire ?? "")'")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        // It means something only when there is something to read again.
        signal(SIGHUP, SIG_IGN)
        let log = try report { () throws -> BoundedLog? in
            try self.log.map { try BoundedLog(Folders.absolute($0)) }
        }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "belayd")
        let source = try report { try ConfigurationSource(self) }
        let configuration = try report { try source.read() }
        let folder = configuration.dataDirectory
        let lock = try report { try DataLock.take(in: folder) }
        // The server outlives the terminal that started it, and must not keep that one's folder busy.
        chdir(folder)
        let agents: [any Agent] = [Librarian(dataDirectory: "\(folder)/index", logger: logger)]
        let daemon: Daemon
        do {
            daemon = try await Daemon.start(configuration, agents: agents, logger: logger)
        } catch {
            Failure.print("\(error)")
            throw ExitCode(Failure.code(for: error))
        }
        // Where clients find it whatever their environment says, before anybody is told that it listens.
        let socket = daemon.addresses.lazy.compactMap { if case .unix(let path) = $0 { path } else { nil } }.first
        try report { try lock.announce(socket: socket) }
        for address in daemon.addresses {
            // A server whose standard output is closed serves all the same.
            try? Failure.output("listening on \(Endpoint(address: address, isSecure: configuration.tls != nil))\n")
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: daemon),
                    .init(
                        service: Maintenance(log: log, logger: logger) {
                            do { await daemon.reload(try source.read()) } catch {
                                logger.error("the configuration stays as it is", metadata: ["error": "\(error)"])
                            }
                        }),
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        withExtendedLifetime(lock) {}
    }

    private func report<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            Failure.print("\(error)")
            throw ExitCode(Failure.code(for: error))
        }
    }
}
