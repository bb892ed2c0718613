public import Agents
public import Ledger
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Storage
public import Transport
import Wire

/// A running server: its hub, its sockets, its threads.
public struct Daemon: Sendable {
    /// The owner of sessions and connections.
    public let hub: Hub
    /// The addresses that are listened on, each with the port that was taken, in the order of the configuration.
    public let addresses: [Endpoint.Address]
    /// The port of the first network address; `nil` when there is none.
    public let port: Int?
    private let sockets: Sockets
    private let tls: ServingTLS?
    private let logger: Logger
    private let group: MultiThreadedEventLoopGroup

    /// Opens the store, goes on with what was interrupted, and begins to listen.
    ///
    /// - Parameters:
    ///   - configuration: What the server is run with.
    ///   - agents: The back ends; the first is the default.
    ///   - clock: What time it is.
    ///   - store: Where sessions and tokens are kept; a file in the data folder unless told.
    ///   - logger: What the operator is told.
    /// - Throws: ``ConfigurationError``, ``StoreError`` or ``ListenError``, each one sentence for the operator.
    public static func start(
        _ configuration: ServerConfiguration, agents: [any Agent], clock: Clock = .system,
        store: (any JournalStore & TokenStore)? = nil, logger: Logger
    ) async throws -> Daemon {
        try checkExposure(configuration)
        let roots = try SessionRoots(configuration)
        let tls = try configuration.tls.map {
            ServingTLS(try ServerTLS.context(certificate: $0.certificate, key: $0.key))
        }
        if let key = configuration.tls?.key, KeyFile.isExposed(key) {
            logger.warning(
                "the TLS key can be read or changed by other users of this machine: chmod 600",
                metadata: ["file": "\(key)"])
        }
        let store = try store ?? SQLiteJournal(folder: configuration.dataDirectory)
        // One loop: sessions and connections have one owner and one order, and need no locks.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let hub = Hub(
            configuration: configuration, roots: roots, store: store, agents: agents, clock: clock, loop: group.next(),
            logger: logger
        )
        let lobby = Lobby.bound(configuration.lobby, to: hub.loop)
        let sockets: Sockets
        do {
            try await hub.start()
            sockets = try await Sockets(configuration.addresses.count, logger: logger) {
                number throws(ListenError) in
                let address = configuration.addresses[number]
                var listener = Listener.Configuration(
                    address: address, messageBytesMaximum: configuration.messageBytesMaximum,
                    pingInterval: .nanoseconds(configuration.pingInterval.nanoseconds))
                listener.origins = configuration.origins
                if case .host = address { listener.tls = tls }
                return try await Listener.bind(
                    listener, on: hub.loop, lobby: lobby, isReady: { hub.isReady }, logger: logger
                ) { request, _ in
                    hub.assumeIsolated { $0.accept(request) }
                }
            }
        } catch {
            await hub.stop()
            try? await group.shutdownGracefully()
            throw error
        }
        let ports = await sockets.ports
        let addresses = zip(configuration.addresses, ports).map { address, port in
            guard case .host(let host, _) = address, let port else { return address }
            return .host(host, port: port)
        }
        return Daemon(
            hub: hub, addresses: addresses, port: ports.compactMap(\.self).first, sockets: sockets, tls: tls,
            logger: logger,
            group: group)
    }

    /// Takes a configuration that was changed: its certificate for the next connections, its limits and the times of
    /// sessions for what begins from now on. Where it listens, its data, its roots and its agents want a restart.
    public func reload(_ configuration: ServerConfiguration) async {
        if let tls, let files = configuration.tls {
            do { tls.renew(try ServerTLS.context(certificate: files.certificate, key: files.key)) } catch {
                logger.error("the certificate stays as it is", metadata: ["error": "\(error)"])
            }
        }
        await hub.reload(configuration)
        logger.info("configuration read again")
    }

    /// Ends everything in order.
    public func stop() async {
        await sockets.close()
        await hub.stop()
        try? await group.shutdownGracefully()
    }

    /// Serves until the process is told to end, and then ends in order.
    public func run() async throws {
        try await gracefulShutdown()
        await stop()
    }

    /// A token that crosses a network in plain text is everybody's.
    private static func checkExposure(_ configuration: ServerConfiguration) throws {
        guard configuration.tls == nil, !configuration.isInsecureAllowed else { return }
        for address in configuration.addresses where !Endpoint(address: address).isLocal {
            throw ConfigurationError(
                "\(Endpoint(address: address)) can be reached from other machines, and without TLS everybody in"
                    + " between can read the tokens and the chats: add --tls-cert and --tls-key, or --insecure if"
                    + " something in front of it encrypts")
        }
    }
}

extension Daemon: Service {}
