public import Agents
public import Ledger
import TOMLKit
public import Transport
public import Wire

/// The configuration of a server: the configuration file with the command line's options over it.
public struct ServerConfiguration: Sendable {
    /// The PEM files for TLS.
    public struct TLS: Hashable, Sendable {
        /// The path of a file with the certificate and its intermediates, PEM.
        public var certificate: String
        /// The path of the file with the private key, PEM.
        public var key: String

        /// Names the two files; they are read when the server starts and at each reload.
        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// The addresses to listen on: TCP, Unix domain sockets, or both.
    public var addresses: [Endpoint.Address]
    /// The certificate for TCP connections; `nil` serves them in plain text. Unix domain sockets are never encrypted.
    public var tls: TLS?
    /// Whether addresses that other machines can reach are allowed without TLS (`--insecure`).
    public var isInsecureAllowed: Bool
    /// The folder of journal, tokens and indexes, an absolute path.
    public var dataDirectory: String
    /// The retention times, and the limits of one session.
    public var limits: Limits
    /// Values of `Origin` that may connect (RFC 6455 §10.2). Only browsers send one; requests without it are not
    /// affected.
    public var origins: [String]
    /// Connections that one user may have; one more is refused with 429.
    public var connectionsPerPrincipal: Int
    /// Connections of all users together; one more is refused with 503.
    public var connectionsMaximum: Int
    /// Attaches that may be prepared at once, before their 101; others wait for a place.
    public var attachingMaximum: Int
    /// Sessions that one user may have that have not expired; `session/new` refuses one more.
    public var sessionsPerPrincipal: Int
    /// Sessions of one user that may be in memory. Idle ones are evicted; when all are watched, one more is refused.
    public var sessionsInMemoryPerPrincipal: Int {
        get { sessionsInMemory ?? max(256, connectionsPerPrincipal) }
        set { sessionsInMemory = newValue }
    }
    /// The configured number; without it there is one for each connection of a user at least.
    private var sessionsInMemory: Int?
    /// Bytes that the sessions of one user may hold together; beyond it prompts are refused with `quota`.
    public var bytesPerPrincipal: Int64
    /// Turns of one user that run at once; the others wait.
    public var turnsPerPrincipal: Int
    /// Turns of all users that run at once.
    public var turnsMaximum: Int
    /// The longest message, in bytes; a longer one closes the connection with 1009.
    public var messageBytesMaximum: Int
    /// Bytes that may be queued for a client that reads slowly; beyond it entries are dropped, and read again later.
    public var outgoingBytesMaximum: Int
    /// The interval of the server's pings, at least one second; a connection without a sign of life over two is closed.
    public var pingInterval: Duration
    /// Whether messages are compressed to clients that offer it.
    public var compression = Compression.auto
    /// How often idle sessions are evicted from memory. No key of the file sets it; tests shorten it.
    public var idleInterval = Duration.seconds(60)
    /// How long a connection may take to send its request. No key of the file sets it; tests lengthen it, where they hold
    /// connections back on a machine that is busy.
    public var requestTimeout = Duration.seconds(10)
    /// The bounds on connections before they are authenticated.
    public var lobby = Lobby.Bounds.system
    /// Which folders sessions may use.
    public var folders = FolderRules()
    /// The agents besides the librarian, by name.
    public var agents: [AgentSettings] = []
    /// What agents may do without asking, and what they may not do.
    public var permissions: [PermissionRule] = []
    /// What happens with questions for a permission while no client is attached.
    public var unattended = UnattendedPolicy.wait
    /// How long an agent may have nothing to do before it is ended; the next prompt starts it again.
    public var agentIdle = Duration.seconds(1_800)
    /// Whose clients may name servers of tools that agents start (`mcpServers` of `session/new`).
    public var mcpServersFromClients = MCPServersFromClients.local

    /// Creates a configuration; the defaults are those of `belayd(8)`.
    public init(
        addresses: [Endpoint.Address], dataDirectory: String, tls: TLS? = nil, isInsecureAllowed: Bool = false,
        limits: Limits = Limits(), origins: [String] = [], connectionsPerPrincipal: Int = 64,
        connectionsMaximum: Int = 10_000, attachingMaximum: Int = 256, sessionsPerPrincipal: Int = 10_000,
        bytesPerPrincipal: Int64 = 1 << 30, turnsPerPrincipal: Int = 8,
        turnsMaximum: Int = 256, messageBytesMaximum: Int = 1 << 20, outgoingBytesMaximum: Int = 256 << 10,
        pingInterval: Duration = .seconds(20)
    ) {
        self.addresses = addresses
        self.dataDirectory = dataDirectory
        self.tls = tls
        self.isInsecureAllowed = isInsecureAllowed
        self.limits = limits
        self.origins = origins
        self.connectionsPerPrincipal = connectionsPerPrincipal
        self.connectionsMaximum = connectionsMaximum
        self.attachingMaximum = attachingMaximum
        self.sessionsPerPrincipal = sessionsPerPrincipal
        self.bytesPerPrincipal = bytesPerPrincipal
        self.turnsPerPrincipal = turnsPerPrincipal
        self.turnsMaximum = turnsMaximum
        self.messageBytesMaximum = messageBytesMaximum
        self.outgoingBytesMaximum = outgoingBytesMaximum
        self.pingInterval = pingInterval
    }
}

/// An error in the configuration or in what it names.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence: the file and the key, what is wrong, and what to write instead.
    public let description: String

    /// Creates the error with its sentence, without a full stop.
    public init(_ description: String) { self.description = description }
}

extension ServerConfiguration {
    /// Applies a configuration file (`belayd.8`).
    ///
    /// - Parameters:
    ///   - toml: The file's text.
    ///   - file: Its path, for error messages.
    /// - Throws: ``ConfigurationError``, for an unknown key too, so that a misspelt limit is not ignored.
    public mutating func apply(toml: String, file: String) throws(ConfigurationError) {
        guard !toml.namesNUL else { throw ConfigurationError("\(file): names and values must not contain U+0000") }
        let root: TOMLTable
        do { root = try TOMLTable(string: toml) } catch { throw ConfigurationError("\(file): \(error)") }
        for (section, value) in root {
            guard let table = value.table else {
                throw ConfigurationError(
                    "\(file): '\(section)' stands outside a section: put it below [sessions], [limits], [server] or "
                        + "[agents.NAME]"
                )
            }
            if section == "users" {
                try folders.apply(users: table, file: file)
                continue
            }
            if section == "agents" {
                try apply(agents: table, file: file)
                continue
            }
            if section == "permissions" {
                try apply(permissions: table, file: file)
                continue
            }
            for (key, value) in table { try apply("\(section).\(key)", value.tomlValue, file: file) }
        }
        if let expire = limits.expire, limits.brief > expire {
            throw ConfigurationError("\(file): 'sessions.brief' must not be longer than 'sessions.expire'")
        }
    }

    private mutating func apply(_ key: String, _ value: TOMLValue, file: String) throws(ConfigurationError) {
        func duration() throws(ConfigurationError) -> Duration {
            guard let text = value.string, let duration = Duration(text: text) else {
                throw ConfigurationError("\(file): '\(key)' is not a duration such as \"30s\", \"5m\" or \"30d\"")
            }
            return duration
        }
        func count(_ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
            guard let number = value.int, range.contains(number) else {
                throw ConfigurationError(
                    "\(file): '\(key)' is not a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        switch key {
        case "sessions.brief": limits.brief = try duration()
        case "sessions.expire": limits.expire = value.string == "never" ? nil : try duration()
        case "sessions.archive": limits.archive = try duration()
        case "sessions.roots": folders.shared = try FolderRules.roots(value, key, file: file)
        case "limits.turns_queued": limits.turnsQueued = try count(0...10_000)
        case "limits.connections_per_user": connectionsPerPrincipal = try count(1...100_000)
        case "limits.connections": connectionsMaximum = try count(1...1_000_000)
        case "limits.attaching": attachingMaximum = try count(1...100_000)
        case "limits.sessions_per_user": sessionsPerPrincipal = try count(1...10_000_000)
        case "limits.sessions_in_memory_per_user": sessionsInMemoryPerPrincipal = try count(1...1_000_000)
        case "limits.bytes_per_user": bytesPerPrincipal = Int64(try count((1 << 20)...(1 << 50)))
        case "limits.session_bytes": limits.sessionBytes = Int64(try count((1 << 20)...(1 << 40)))
        case "limits.turns_per_user": turnsPerPrincipal = try count(1...10_000)
        case "limits.turns": turnsMaximum = try count(1...100_000)
        case "limits.message_bytes": messageBytesMaximum = try count(1_024...(64 << 20))
        case "limits.outgoing_bytes": outgoingBytesMaximum = try count(16_384...(1 << 30))
        case "server.ping":
            pingInterval = try duration()
            guard pingInterval >= .seconds(1) else {
                throw ConfigurationError("\(file): '\(key)' must be at least one second")
            }
        case "server.compression":
            guard let compression = value.string.flatMap(Compression.init(rawValue:)) else {
                throw ConfigurationError("\(file): '\(key)' is not \"auto\", \"on\" or \"off\"")
            }
            self.compression = compression
        case "server.origins":
            let origins = value.array?.compactMap(\.string)
            guard let origins, origins.count == value.array?.count else {
                throw ConfigurationError("\(file): '\(key)' is not a list of strings")
            }
            self.origins = origins
        default: throw ConfigurationError("\(file): there is no key '\(key)': see belayd(8)")
        }
    }
}
