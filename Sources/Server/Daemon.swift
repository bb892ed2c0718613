public import Agents
import Journal
public import Ledger
public import Logging
import NIOCore
import NIOPosix
import Platform
public import ServiceLifecycle
public import Transport
import Wire

/// A running server: its sessions and connections, its listening sockets and its threads.
public struct Daemon: Sendable {
    /// Its sessions and connections.
    public let server: SessionServer
    /// The listening addresses with the ports that were bound, in the order of the configuration.
    public let addresses: [Endpoint.Address]
    /// The port of the first network address; `nil` when there is none.
    public let port: Int?
    private let sockets: Sockets
    private let tls: ServingTLS?
    private let logger: Logger
    private let group: MultiThreadedEventLoopGroup
    private let dataDirectory: String
    /// Ends with an element when the data folder is lost.
    private let losses: AsyncStream<Void>

    /// How many event loops a server has: one for each processor, up to a number beyond which the disk is the bound.
    private static let loops = min(System.coreCount, 8)

    /// Opens the store, resumes interrupted turns, and begins to listen.
    ///
    /// - Parameters:
    ///   - configuration: The addresses, the limits and the data folder.
    ///   - agents: The back ends; the first is the default.
    ///   - clock: The source of time; tests pass one that they control.
    ///   - store: The store of sessions and tokens; `nil` opens `journal.db` in the data folder.
    ///   - lock: The lock on the data folder; ``run()`` ends when its file is lost.
    ///   - logger: The operator's log.
    /// - Throws: ``ConfigurationError``, ``StoreError``, ``ListenError`` or `TLSFileError`, each one sentence for the
    ///   operator.
    public static func start(
        _ configuration: ServerConfiguration, agents: [any Agent], clock: Clock = .system,
        store: (any JournalStore & TokenStore)? = nil, lock: DataLock? = nil, logger: Logger
    ) async throws -> Daemon {
        try checkExposure(configuration)
        let roots = try SessionRoots(configuration)
        let tls = try configuration.tls.map {
            ServingTLS(try ServerTLS.context(certificate: $0.certificate, key: $0.key))
        }
        if let key = configuration.tls?.key, KeyFile.isExposed(key) {
            logger.warning(
                "other users of this machine can read or change the TLS key: chmod 600 the file",
                metadata: ["file": "\(key)"])
        }
        if store == nil, SQLiteJournal.isMissing(folder: configuration.dataDirectory) {
            logger.error(
                "the journal is missing or empty, but was used before: stop, and restore journal.db if you have a copy",
                metadata: ["folder": "\(configuration.dataDirectory)"])
        }
        let journal = store == nil ? try SQLiteJournal(folder: configuration.dataDirectory) : nil
        guard let store = store ?? journal else { preconditionFailure("no store") }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Daemon.loops)
        let server: SessionServer
        do {
            server = try await SessionServer.start(
                configuration, roots: roots, store: store, agents: agents, clock: clock,
                loops: Array(group.makeIterator()), logger: logger)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        let (lobby, loop) = (Lobby(configuration.lobby), group.next())
        let compressors = Compressors()
        let sockets: Sockets
        let (losses, loss) = AsyncStream.makeStream(of: Void.self)
        do {
            sockets = try await Sockets(
                configuration.addresses.count, logger: logger,
                isFolderLost: { lock?.isLost ?? false || journal?.isLost ?? false },
                ended: {
                    logger.critical(
                        "the lock or the journal was removed, moved or replaced while the server ran: it ends",
                        metadata: ["folder": "\(configuration.dataDirectory)"])
                    loss.yield()
                }
            ) { number throws(ListenError) in
                let address = configuration.addresses[number]
                var listener = Listener.Configuration(
                    address: address, messageBytesMaximum: configuration.messageBytesMaximum,
                    pingInterval: .nanoseconds(configuration.pingInterval.nanoseconds),
                    requestTimeout: .nanoseconds(configuration.requestTimeout.nanoseconds))
                listener.origins = configuration.origins
                (listener.compression, listener.compressors) = (configuration.compression, compressors)
                switch address {
                case .host: listener.tls = tls
                case .unix(let path): listener.isFolderOwn = isInDataFolder(path, configuration)
                }
                return try await Listener.bind(
                    listener, on: loop, serving: group, lobby: lobby, isReady: { server.isReady },
                    logger: logger
                ) { request, loop in
                    server.accept(request, on: loop)
                }
            }
        } catch {
            await server.stop()
            try? await group.shutdownGracefully()
            throw error
        }
        let ports = await sockets.ports
        let addresses = zip(configuration.addresses, ports).map { address, port in
            guard case .host(let host, _) = address, let port else { return address }
            return .host(host, port: port)
        }
        return Daemon(
            server: server, addresses: addresses, port: ports.compactMap(\.self).first, sockets: sockets, tls: tls,
            logger: logger,
            group: group, dataDirectory: configuration.dataDirectory, losses: losses)
    }

    /// Whether a socket is directly in the data folder, which is the private server's place for it.
    private static func isInDataFolder(_ socket: String, _ configuration: ServerConfiguration) -> Bool {
        FolderIdentity.isOneFolder(configuration.dataDirectory, PrivateFolder.parent(of: socket))
    }

    /// Applies a changed configuration: the certificate to new connections, the limits and times to sessions and
    /// connections that begin from now on. Addresses, data folder, roots and agents need a restart.
    public func reload(_ configuration: ServerConfiguration) async {
        if let tls, let files = configuration.tls {
            do {
                // Reading a pipe would block until somebody writes into it.
                for file in [files.certificate, files.key]
                where FileIdentity(at: file, isFollowing: true)?.isRegular == false {
                    throw ConfigurationError("\(file) is no regular file")
                }
                tls.renew(try ServerTLS.context(certificate: files.certificate, key: files.key))
            } catch {
                logger.error(
                    "the certificate could not be reloaded, the old one stays", metadata: ["error": "\(error)"])
            }
        }
        server.reload(configuration)
        logger.info("configuration read again")
    }

    /// Shuts down in order: stops listening, closes connections with 1012, stops agents and flushes the journal.
    public func stop() async {
        await sockets.close()
        await server.stop()
        try? await group.shutdownGracefully()
    }

    /// Serves until graceful shutdown is requested or the data folder is lost, and then calls ``stop()``.
    ///
    /// - Throws: ``FolderLost``.
    public func run() async throws {
        var isLost = false
        for await _ in losses.cancelOnGracefulShutdown() {
            isLost = true
            break
        }
        await stop()
        if isLost { throw FolderLost(folder: dataDirectory) }
    }

    /// Refuses a network address without TLS: whoever can read the traffic has the token.
    private static func checkExposure(_ configuration: ServerConfiguration) throws {
        guard configuration.tls == nil, !configuration.isInsecureAllowed else { return }
        for address in configuration.addresses where !Endpoint(address: address).isLocal {
            throw ConfigurationError(
                "other machines can reach \(Endpoint(address: address)), and without TLS tokens and chats cross the"
                    + " network in plain text: add --tls-cert and --tls-key, or --insecure behind a proxy that"
                    + " terminates TLS")
        }
    }
}

extension Daemon: Service {}
