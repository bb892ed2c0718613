public import Ledger
import TOMLKit
public import Transport
import Wire

/// What a server is run with.
public struct ServerConfiguration: Sendable {
    /// How to encrypt.
    public struct TLS: Hashable, Sendable {
        /// A file with the certificate and those above it, PEM.
        public var certificate: String
        /// A file with its key, PEM.
        public var key: String

        /// Files to encrypt with.
        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// Where to listen; several places share one server.
    public var addresses: [Endpoint.Address]
    /// How to encrypt what comes over the network.
    public var tls: TLS?
    /// Whether to listen beyond this machine without encryption.
    public var isInsecureAllowed: Bool
    /// Where journals, tokens and indexes are kept.
    public var dataDirectory: String
    /// How long sessions wait, and how much one may hold.
    public var limits: Limits
    /// Web origins that may connect; programs that are no browsers send none.
    public var origins: [String]
    /// Connections that one user may have; one more is refused with 429.
    public var connectionsPerPrincipal: Int
    /// Connections of all users together; one more is refused with 503.
    public var connectionsMaximum: Int
    /// Attaches that may be prepared at once, before their 101; one more is refused with 503.
    public var attachingMaximum: Int
    /// Sessions that one user may have that have not expired; `session/new` refuses one more.
    public var sessionsPerPrincipal: Int
    /// Sessions of one user that may be in memory; with as many watched, one more is refused.
    public var sessionsInMemoryPerPrincipal: Int {
        get { sessionsInMemory ?? max(256, connectionsPerPrincipal) }
        set { sessionsInMemory = newValue }
    }
    /// One for each connection at least, unless told.
    private var sessionsInMemory: Int?
    /// Bytes that the sessions of one user may hold; past it prompts are refused.
    public var bytesPerPrincipal: Int64
    /// Turns of one user that run at once; the others wait.
    public var turnsPerPrincipal: Int
    /// Turns of all users that run at once.
    public var turnsMaximum: Int
    /// The longest message, in bytes; a longer one closes the connection with 1009.
    public var messageBytesMaximum: Int
    /// Bytes that may wait for a client that reads slowly; past it the rest is fetched again when there is room.
    public var outgoingBytesMaximum: Int
    /// Between the server's pings.
    public var pingInterval: Duration
    /// How often sessions are looked for that have rested for a minute, and leave memory. No key of the file sets it;
    /// tests do not wait so long.
    public var idleInterval = Duration.seconds(60)
    /// How many may be connected, and how many of them before it is known who they are.
    public var lobby = Lobby.Bounds.system
    /// Which folders sessions may have.
    public var folders = FolderRules()

    /// What a server is run with; the defaults are the customer's.
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

/// What is wrong with a configuration.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence: where, what, and what to write instead.
    public let description: String

    /// An error.
    public init(_ description: String) { self.description = description }
}

extension ServerConfiguration {
    /// Takes over what a configuration file says (`belayd.8`).
    ///
    /// - Parameters:
    ///   - toml: The file's text.
    ///   - file: Its name, for errors.
    /// - Throws: ``ConfigurationError``; a key that is not known is one, so that a misspelt bound is not ignored.
    public mutating func apply(toml: String, file: String) throws(ConfigurationError) {
        guard !toml.namesNUL else { throw ConfigurationError("\(file): U+0000 stands in no name and no value") }
        let root: TOMLTable
        do { root = try TOMLTable(string: toml) } catch { throw ConfigurationError("\(file): \(error)") }
        for (section, value) in root {
            guard let table = value.table else {
                throw ConfigurationError("\(file): '\(section)' stands outside a section")
            }
            if section == "users" {
                try folders.apply(users: table, file: file)
                continue
            }
            for (key, value) in table { try apply("\(section).\(key)", value.tomlValue, file: file) }
        }
        if let expire = limits.expire, limits.brief > expire {
            throw ConfigurationError("\(file): 'sessions.brief' is longer than 'sessions.expire'")
        }
    }

    private mutating func apply(_ key: String, _ value: TOMLValue, file: String) throws(ConfigurationError) {
        func duration() throws(ConfigurationError) -> Duration {
            guard let text = value.string, let duration = Duration(text: text) else {
                throw ConfigurationError("\(file): '\(key)' is no duration like \"30s\", \"5m\" or \"30d\"")
            }
            return duration
        }
        func count(_ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
            guard let number = value.int, range.contains(number) else {
                throw ConfigurationError(
                    "\(file): '\(key)' is no number from \(range.lowerBound) to \(range.upperBound)")
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
                throw ConfigurationError("\(file): '\(key)' is shorter than a second")
            }
        case "server.origins":
            let origins = value.array?.compactMap(\.string)
            guard let origins, origins.count == value.array?.count else {
                throw ConfigurationError("\(file): '\(key)' is no list of strings")
            }
            self.origins = origins
        default: throw ConfigurationError("\(file): there is no key '\(key)'")
        }
    }
}
