import Client
import Glibc
import Platform
import Transport
import Wire

/// Where a chat is: its server, its folder, its files, and the instance (``ClientInstance``) that tells this process
/// from others.
struct Place: ~Copyable {
    let configuration: ClientConfiguration
    let folders: Folders
    let directory: String
    let selection: ChatStore.Selection
    private let isBatch: Bool
    private let agent: String?
    let client: ChatClient.Configuration
    /// The command line that continues its chats.
    let resume: ResumeCommand
    private let stateStore: ClientStateStore
    private let environment: [String: String]
    private let instance: ClientInstance

    init(_ arguments: ChatArguments, isBatch: Bool, environment: [String: String]) throws {
        umask(0o077)
        let folders = try Folders(environment: environment)
        let configuration = try Setup.configuration(arguments.config, folders, environment)
        let server = try configuration.resolve(arguments.server, allowsPlaintext: arguments.insecure)
        try Folders.make(folders.state)
        let named = try FolderPath.normalized(arguments.directory ?? server?.directory ?? Place.currentDirectory())
        // Folders of a server on another machine can only be compared as text.
        let directory = server == nil ? FolderPath.real(named) : named
        let instance = try ClientInstance(folder: folders.state)
        let now = ClientClock.wall
        let stateStore = try ClientStateStore.open(folder: folders.state, now: now)
        let id = try stateStore.clientID(instance: instance.number, now: now)
        let client = try Place.client(server, configuration, folders, environment, id)
        let chosen: ChatStore.Selection =
            if let name = arguments.session {
                .named(name)
            } else if arguments.continues {
                .last
            } else {
                arguments.isNew || isBatch ? .new : .lastOfScreen
            }
        let selection = arguments.fork ? .fork(of: chosen) : chosen
        self.isBatch = isBatch
        agent = arguments.agent
        (self.configuration, self.folders, self.directory) = (configuration, folders, directory)
        (self.selection, self.client) = (selection, client)
        resume = ResumeCommand(server: server?.endpoint.description, configuration: arguments.config)
        self.stateStore = stateStore
        self.environment = environment
        self.instance = instance
    }

    private static func client(
        _ server: ClientConfiguration.Server?, _ configuration: ClientConfiguration, _ folders: Folders,
        _ environment: [String: String], _ id: ClientID
    ) throws -> ChatClient.Configuration {
        let seed = environment["BELAY_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
        guard let server else {
            let own = try PrivateServer(
                folders: folders, program: PrivateServer.findProgram(environment: environment),
                expire: configuration.expire)
            return ChatClient.Configuration(endpoint: own.endpoint, privateServer: own, clientID: id, seed: seed)
        }
        let tokens = TokenSource(
            environment: environment["BELAY_TOKEN"], command: server.tokenCommand,
            cache: TokenCache(folder: folders.state))
        var client = ChatClient.Configuration(endpoint: server.endpoint, tokens: tokens, clientID: id, seed: seed)
        client.authorities = Authorities(environment: environment, additional: server.certificates)
        client.proxies = Proxies(environment: environment)
        // Variables and files that cannot be used now are no reason to try again later.
        do throws(DialError) {
            _ = try client.proxies.proxy(for: server.endpoint)
            if server.endpoint.isSecure { try client.authorities.check() }
        } catch {
            throw ClientError.configuration(error.message)
        }
        (client.allowsPlaintext, client.compression) = (server.allowsPlaintext, server.compression)
        return client
    }

    /// The settings of a connection to the server of a chat that this machine has; whoever has one there has allowed that.
    ///
    /// - Throws: ``ClientError/token(_:)`` when there is no token for it, so that a chat there could only be looked at.
    func connection(to server: String) throws -> ChatClient.Configuration {
        if server == client.server { return client }
        if server == PrivateServer.name {
            return try Place.client(nil, configuration, folders, environment, client.clientID)
        }
        let found = try configuration.resolve(server, allowsPlaintext: true)
        let settings = try Place.client(found, configuration, folders, environment, client.clientID)
        if let tokens = settings.tokens, !settings.endpoint.isLocal, try tokens.isMissing(for: settings.endpoint) {
            throw ClientError.token("there is no token for \(server): `belay login --server \(server)` stores one")
        }
        return settings
    }

    /// The command line that continues chats of a server.
    func resume(at settings: ChatClient.Configuration) -> ResumeCommand {
        if settings.server == client.server { return resume }
        return ResumeCommand(
            server: settings.privateServer == nil ? settings.endpoint.description : nil,
            configuration: resume.configuration)
    }

    /// Opens a chat of this machine, or a new one in a folder.
    ///
    /// - Parameters:
    ///   - settings: The connection to its server.
    ///   - folder: The folder of a new one.
    func open(
        _ selection: ChatStore.Selection, at settings: ChatClient.Configuration, in folder: String, agent: String?
    ) throws -> ChatStore {
        let identity = settings.privateServer == nil ? nil : FolderIdentity(at: folder)?.description
        return try ChatStore.open(
            selection, server: settings.server, directory: folder, stateStore: stateStore, isBatch: isBatch,
            agent: agent, identity: identity, now: ClientClock.wall)
    }

    /// Opens a chat of this place from the disk.
    func open(_ selection: ChatStore.Selection) throws -> ChatStore {
        // Device and inode of a folder can only be looked up for the private server: other folders are on other
        // machines.
        let identity = client.privateServer == nil ? nil : FolderIdentity(at: directory)?.description
        return try ChatStore.open(
            selection, server: client.server, directory: directory, stateStore: stateStore, isBatch: isBatch,
            agent: agent, identity: identity,
            now: ClientClock.wall)
    }

    /// Opens a chat of an editor, with an instance and so a client identifier of its own.
    ///
    /// - Parameter directory: The folder of a new chat; `nil` for one that is named.
    func openForEditor(
        _ selection: ChatStore.Selection, directory: String?
    ) throws -> EditorAgent.Opened {
        let instance = try takeInstance()
        var configuration = client
        configuration.clientID = instance.clientID
        let named = FolderPath.normalized(directory ?? self.directory)
        let store = try ChatStore.open(
            selection, server: client.server, directory: client.privateServer == nil ? named : FolderPath.real(named),
            stateStore: stateStore, isBatch: true, agent: agent, now: ClientClock.wall)
        return EditorAgent.Opened(store: store, configuration: configuration, instance: instance)
    }

    /// Takes an instance besides that of the place: a server takes one connection for each client identifier.
    func takeInstance() throws -> KeptInstance {
        let instance = try ClientInstance(folder: folders.state)
        let id = try stateStore.clientID(instance: instance.number, now: ClientClock.wall)
        return KeptInstance(instance, clientID: id)
    }

    /// The chats of this server, most recent first.
    func listForEditor() throws -> [ChatList.Item] {
        let server = client.privateServer == nil ? client.server : nil
        return try ChatList.read(folder: folders.state).filter { $0.server == server }
    }

    static func currentDirectory() throws(ClientError) -> String {
        guard let path = getcwd(nil, 0) else {
            throw .folder("the current folder does not exist any more: change to another one")
        }
        defer { free(path) }
        return String(cString: path)
    }
}

/// An instance that is kept for as long as a chat may be connected by it.
final class KeptInstance: Sendable {
    /// The client identifier that it stands for.
    let clientID: ClientID
    private let instance: ClientInstance

    init(_ instance: consuming ClientInstance, clientID: ClientID) {
        self.clientID = clientID
        self.instance = instance
    }
}

/// A place that closures keep alive, and with it the lock on the instance.
final class KeptPlace: Sendable {
    let place: Place

    init(_ place: consuming Place) { self.place = place }
}
