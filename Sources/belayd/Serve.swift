import Agents
import ArgumentParser
import Glibc
import Ledger
import Logging
import Platform
import Server
import ServiceLifecycle
import SystemPackage
import Transport
import UnixSignals
import Wire

/// `belayd serve`: runs the server in the foreground.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server in the foreground until SIGTERM or SIGINT.",
        discussion: "Listens on 127.0.0.1:8137 by default. See belayd(8).")

    @Option(help: "Listen on this address and port; 0 picks a free port. May be repeated.")
    var listen: [String] = []

    @Option(help: "Listen on this Unix domain socket. Programs of this user need no token there.")
    var socket: String?

    @Option(help: "The data folder, which holds journals and tokens.")
    var data: String?

    @Option(help: "Network users may open sessions in this folder and below it. May be repeated.")
    var root: [String] = []

    @Option(help: "The configuration file.")
    var config: String?

    @Option(help: "The TLS certificate with its intermediates, PEM.")
    var tlsCert: String?

    @Option(help: "The private key of the certificate, PEM.")
    var tlsKey: String?

    @Flag(help: "Allow addresses that other machines can reach without TLS.")
    var insecure = false

    @Option(help: "How long a session waits for its client before it expires, for example 5m, 30d or never.")
    var expire: String?

    @Option(help: "Write the log to this file, and rotate it at 4 MiB.")
    var log: String?

    func validate() throws {
        let paths = [
            ("--socket", socket), ("--data", data), ("--config", config), ("--tls-cert", tlsCert),
            ("--tls-key", tlsKey), ("--log", log),
        ]
        for (name, path) in paths + root.map({ ("--root", $0) }) where path?.isEmpty ?? false {
            throw ValidationError("\(name) is empty: give a path, or leave the option out")
        }
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key must be given together")
        }
        for text in listen {
            guard HostPort(parsing: text)?.port != nil else {
                throw ValidationError("--listen takes HOST:PORT, for example 127.0.0.1:8137, not '\(text)'")
            }
        }
        guard expire.map({ $0 == "never" || Duration(text: $0) != nil }) ?? true else {
            throw ValidationError("--expire takes a duration such as 5m or 30d, or never, not '\(expire ?? "")'")
        }
    }

    func run() async throws {
        // Ignored until `Maintenance` handles it: a SIGHUP during the start must not end the process.
        signal(SIGHUP, SIG_IGN)
        let log = try Failure.report { () throws -> BoundedLog? in
            try self.log.map { try BoundedLog(Folders.absolute($0)) }
        }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "belayd")
        let source = try Failure.report { try ConfigurationSource(self) }
        let configuration = try Failure.report { try source.read() }
        let folder = configuration.dataDirectory
        let lock = try Failure.report { try DataLock.take(in: folder) }
        // The server outlives the terminal that started it, and must not keep that terminal's file system from being
        // unmounted.
        chdir(folder)
        let permissions = try Failure.report {
            try PermissionBook(
                configuration.permissions, unattended: configuration.unattended,
                file: "\(folder)/permissions.json")
        }
        let agents: [any Agent] =
            [Librarian(dataDirectory: "\(folder)/index", logger: logger)]
            + configuration.agents.map { Self.agent($0, among: configuration.agents, permissions, logger) }
        let daemon: Daemon
        do {
            daemon = try await Daemon.start(configuration, agents: agents, lock: lock, logger: logger)
        } catch {
            Failure.print("\(error)")
            throw ExitCode(Failure.code(for: error))
        }
        // Written before "listening" is printed: clients find the socket through the lock file, whatever their
        // environment.
        let socket = daemon.addresses.lazy.compactMap { if case .unix(let path) = $0 { path } else { nil } }.first
        try Failure.report { try lock.announce(socket: socket) }
        for address in daemon.addresses {
            // A closed standard output is no reason not to serve.
            let endpoint = Endpoint(address: address, isSecure: configuration.tls != nil)
            try? FileDescriptor.standardOutput.writeFully(
                Failure.line("listening on \(endpoint)") + "\n", named: "the standard output")
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: daemon, failureTerminationBehavior: .gracefullyShutdownGroup),
                    .init(
                        service: Maintenance(log: log, logger: logger) {
                            do {
                                let configuration = try source.read(isReload: true)
                                permissions.configure(
                                    configuration.permissions, unattended: configuration.unattended)
                                await daemon.reload(configuration)
                            } catch {
                                logger.error(
                                    "the configuration could not be reloaded, the old one stays",
                                    metadata: ["error": "\(error)"])
                            }
                        }),
                    // The last one is told of the shutdown first.
                    .init(service: ShutdownDeadline(logger: logger)),
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do { try await group.run() } catch {
            Failure.print("\(error)")
            throw ExitCode(Failure.code(for: error))
        }
        withExtendedLifetime(lock) {}
    }

    /// This program, also when its file was replaced by a newer one.
    private static let guardian = "/proc/self/exe"

    /// An agent as this program runs it.
    ///
    /// - Parameter all: The agents of the configuration, whose keys the commands of none get.
    static func agent(
        _ settings: AgentSettings, among all: [AgentSettings], _ permissions: PermissionBook, _ logger: Logger
    ) -> any Agent {
        let client = Implementation(name: "belayd", version: Version.current)
        switch settings {
        case .acp(let settings):
            return ACPAgent(
                settings, guardian: guardian, client: client, permissions: permissions, logger: logger)
        case .model(let settings):
            let keys = all.compactMap { agent in
                if case .model(let model) = agent, case .environment(let name) = model.key { name } else { nil }
            }
            return ModelAgent(
                settings, permissions: permissions, guardian: guardian, client: client, withheld: Set(keys))
        }
    }
}
