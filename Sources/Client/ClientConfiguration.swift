import Platform
import TOMLKit
public import Transport
import Wire

/// The client's configuration file (belay(1), "CONFIGURATION").
public struct ClientConfiguration: Hashable, Sendable {
    /// The settings of a `[servers.NAME]` section.
    public struct Server: Hashable, Sendable {
        /// The server's address, from `url`.
        public var endpoint: Endpoint
        /// A shell command whose first line of output is the token; `nil` for none.
        public var tokenCommand: String?
        /// A file of PEM certificates to trust in addition to the system's; `nil` for none.
        public var certificates: String?
        /// Whether `ws://` may go to this server although it is on another machine.
        public var allowsPlaintext: Bool
        /// The folder of its chats, an absolute path on the server; the current folder's path when `nil`.
        public var directory: String?
        /// Whether compression is offered to it.
        public var compression: Compression

        /// Creates a section; by default it has nothing but an address.
        public init(
            endpoint: Endpoint, tokenCommand: String? = nil, certificates: String? = nil, allowsPlaintext: Bool = false,
            directory: String? = nil, compression: Compression = .auto
        ) {
            self.directory = directory
            self.compression = compression
            self.endpoint = endpoint
            self.tokenCommand = tokenCommand
            self.certificates = certificates
            self.allowsPlaintext = allowsPlaintext
        }
    }

    /// The server to use when no option names one: a URL or a name of ``servers``; the private server when `nil`.
    public var server: String?
    /// The servers that have names.
    public var servers: [String: Server] = [:]
    /// How long the private server keeps a chat that no client attaches to: a duration, or `never`.
    public var expire = "30d"
    /// The screen's settings.
    public var screen = ScreenSettings()

    /// The defaults, which hold when there is no file.
    public init() {}

    /// Reads the configuration file.
    ///
    /// - Parameters:
    ///   - file: The path that was named; the file must exist.
    ///   - fallback: The default path, which is read if it exists.
    /// - Throws: ``ClientError/configuration(_:)``, also for an unknown key.
    public static func load(file: String?, fallback: String) throws(ClientError) -> ClientConfiguration {
        let path = file ?? fallback
        let text: String
        do { text = try WholeFile.text(path) } catch {
            // Only a missing file counts as empty: one that cannot be read may contain settings that matter.
            if file == nil, error.isAbsence { return ClientConfiguration() }
            throw .configuration("\(error)")
        }
        var configuration = try ClientConfiguration(toml: text, file: path)
        for (name, server) in configuration.servers {
            configuration.servers[name]?.certificates = server.certificates.map { certificates in
                // Relative to the file that says so, wherever belay was started.
                certificates.hasPrefix("/") ? certificates : PrivateFolder.parent(of: path) + "/" + certificates
            }
        }
        return configuration
    }

    /// Parses the text of a configuration file; `file` is its name in error messages.
    public init(toml: String, file: String) throws(ClientError) {
        guard !toml.namesNUL else { throw .configuration("\(file): the file contains U+0000: remove it") }
        let root: TOMLTable
        do { root = try TOMLTable(string: toml) } catch { throw .configuration("\(file): \(error)") }
        for (key, value) in root {
            switch key {
            case "server": server = try Self.text(value.string, key, file)
            case "expire":
                expire = try Self.text(value.string, key, file)
                guard expire == "never" || Duration(text: expire) != nil else {
                    throw .configuration("\(file): 'expire' must be a duration like \"30d\", or \"never\"")
                }
            case "theme": try screen.readTheme(value, file: file)
            case "ui": try screen.readSection(Self.section(value.table, key, file), file: file)
            case "servers":
                for (name, value) in try Self.section(value.table, key, file) {
                    guard let table = value.table else {
                        throw .configuration("\(file): 'servers.\(name)' must be a section, [servers.\(name)]")
                    }
                    servers[name] = try Self.server(table, name, file)
                }
            default: throw .configuration("\(file): the key '\(key)' is unknown: check its spelling in belay(1)")
            }
        }
    }

    private static func server(_ table: TOMLTable, _ name: String, _ file: String) throws(ClientError) -> Server {
        var url: String?
        var (tokenCommand, certificates, directory): (String?, String?, String?)
        var allowsPlaintext = false
        var compression = Compression.auto
        for (key, value) in table {
            switch key {
            case "url": url = try text(value.string, "servers.\(name).url", file)
            case "token_command": tokenCommand = try text(value.string, "servers.\(name).token_command", file)
            case "certificates":
                certificates = try expanded(text(value.string, "servers.\(name).certificates", file), file)
            case "directory":
                directory = try text(value.string, "servers.\(name).directory", file)
                guard directory?.hasPrefix("/") ?? true else {
                    throw .configuration("\(file): 'servers.\(name).directory' must be an absolute path")
                }
            case "compression":
                guard let known = value.string.flatMap(Compression.init(rawValue:)) else {
                    throw .configuration(
                        "\(file): 'servers.\(name).compression' must be \"auto\", \"on\" or \"off\"")
                }
                compression = known
            case "insecure":
                guard let bool = value.bool else {
                    throw .configuration("\(file): 'servers.\(name).insecure' must be true or false")
                }
                allowsPlaintext = bool
            case "token":
                throw .configuration(
                    "\(file): a token must not be in this file: use token_command, BELAY_TOKEN or belay login")
            default: throw .configuration("\(file): the key 'servers.\(name).\(key)' is unknown")
            }
        }
        guard let url else {
            throw .configuration("\(file): 'servers.\(name).url' must be an address like wss://host:port")
        }
        let endpoint: Endpoint
        do throws(Endpoint.Fault) { endpoint = try Endpoint(parsing: url) } catch {
            throw .configuration("\(file): 'servers.\(name).url' must be an address like wss://host:port: \(error)")
        }
        return Server(
            endpoint: endpoint, tokenCommand: tokenCommand, certificates: certificates,
            allowsPlaintext: allowsPlaintext, directory: directory, compression: compression)
    }

    /// A path of the configuration, in which `~/` is the home folder.
    private static func expanded(_ path: String, _ file: String) throws(ClientError) -> String {
        guard path.hasPrefix("~/") else { return path }
        guard let home = UserFolders.home(in: UserFolders.environment) else {
            throw .configuration("\(file): '\(path)' needs a home folder: set HOME")
        }
        return home + path.dropFirst()
    }

    private static func section(_ value: TOMLTable?, _ key: String, _ file: String) throws(ClientError) -> TOMLTable {
        guard let value else { throw .configuration("\(file): '\(key)' must be a section, [\(key)]") }
        return value
    }

    private static func text(_ value: String?, _ key: String, _ file: String) throws(ClientError) -> String {
        guard let value else { throw .configuration("\(file): '\(key)' must be a string") }
        return value
    }

    /// Resolves a URL or a section's name to a server; `nil` means the private one.
    ///
    /// - Parameter allowsPlaintext: Whether `ws://` may go to another machine, in addition to the section's `insecure`.
    /// - Throws: ``ClientError/configuration(_:)`` when it is neither a section's name nor a URL, or when the
    ///   connection would be unencrypted beyond this machine.
    public func resolve(_ name: String?, allowsPlaintext: Bool = false) throws(ClientError) -> Server? {
        guard let name = name ?? server else { return nil }
        var found = try find(name)
        found.allowsPlaintext = found.allowsPlaintext || allowsPlaintext
        guard found.endpoint.isSecure || found.endpoint.isLocal || found.allowsPlaintext else {
            throw .configuration(
                "\(found.endpoint) is on another machine, and ws:// sends the token and all messages in plain text:"
                    + " use wss://, or say --insecure")
        }
        return found
    }

    private func find(_ name: String) throws(ClientError) -> Server {
        if let known = servers[name] { return known }
        let endpoint: Endpoint
        do throws(Endpoint.Fault) { endpoint = try Endpoint(parsing: name) } catch {
            // What looks like an address may hold a password, and is not repeated.
            guard name.contains(where: { ":@".contains($0) }) else {
                throw .configuration(
                    "'\(name)' is neither an address like wss://host:port nor a [servers.NAME] section: correct it")
            }
            throw .configuration("the server's address is invalid: \(error)")
        }
        // A URL that a section names gets that section's settings, however it was given.
        return servers.values.first { $0.endpoint == endpoint } ?? Server(endpoint: endpoint)
    }
}
