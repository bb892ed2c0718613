import Platform
import TOMLKit
public import Transport
import Wire

/// What the configuration file says (`belay.1`).
public struct ClientConfiguration: Hashable, Sendable {
    /// A server that has a name.
    public struct Server: Hashable, Sendable {
        /// Where it is.
        public var endpoint: Endpoint
        /// A command that prints its token.
        public var tokenCommand: String?
        /// A file with certificates to trust besides the system's.
        public var certificates: String?
        /// Whether plain text may go there though it is another machine.
        public var allowsPlaintext: Bool
        /// The folder of its chats, an absolute path there; the current one's path when `nil`.
        public var directory: String?

        /// A server.
        public init(
            endpoint: Endpoint, tokenCommand: String? = nil, certificates: String? = nil, allowsPlaintext: Bool = false,
            directory: String? = nil
        ) {
            self.directory = directory
            self.endpoint = endpoint
            self.tokenCommand = tokenCommand
            self.certificates = certificates
            self.allowsPlaintext = allowsPlaintext
        }
    }

    /// The server that is used when none is named: a URL or a name of ``servers``; the private one when `nil`.
    public var server: String?
    /// The servers that have names.
    public var servers: [String: Server] = [:]
    /// How long the private server keeps a chat that nobody opens.
    public var expire = "30d"
    /// The theme's name.
    public var theme = "terminal"
    /// Whether the line of hints is shown.
    public var hasHints = true

    /// The configuration of somebody who has none.
    public init() {}

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - file: The file that was named; it has to be there.
    ///   - fallback: The file that is read if it is there.
    /// - Throws: ``ClientError/configuration(_:)``; a key that is not known is an error.
    public static func load(file: String?, fallback: String) throws(ClientError) -> ClientConfiguration {
        let path = file ?? fallback
        let text: String
        do { text = try WholeFile.text(path) } catch {
            // Only what is not there is nothing: one that cannot be read may say what must not be passed over.
            if file == nil, error.isAbsence { return ClientConfiguration() }
            throw .configuration("\(error)")
        }
        return try ClientConfiguration(toml: text, file: path)
    }

    /// Reads the text of a configuration.
    public init(toml: String, file: String) throws(ClientError) {
        guard !toml.namesNUL else { throw .configuration("\(file): U+0000 stands in no name and no value") }
        let root: TOMLTable
        do { root = try TOMLTable(string: toml) } catch { throw .configuration("\(file): \(error)") }
        for (key, value) in root {
            switch key {
            case "server": server = try Self.text(value.string, key, file)
            case "expire":
                expire = try Self.text(value.string, key, file)
                guard expire == "never" || Duration(text: expire) != nil else {
                    throw .configuration("\(file): 'expire' is no duration like \"30d\", and not \"never\"")
                }
            case "theme": theme = try Self.text(value.string, key, file)
            case "ui":
                for (key, value) in try Self.section(value.table, key, file) {
                    guard key == "hints", let bool = value.bool else {
                        throw .configuration("\(file): there is no key 'ui.\(key)', or it is not true or false")
                    }
                    hasHints = bool
                }
            case "servers":
                for (name, value) in try Self.section(value.table, key, file) {
                    guard let table = value.table else {
                        throw .configuration("\(file): 'servers.\(name)' is no section")
                    }
                    servers[name] = try Self.server(table, name, file)
                }
            default: throw .configuration("\(file): there is no key '\(key)'")
            }
        }
    }

    private static func server(_ table: TOMLTable, _ name: String, _ file: String) throws(ClientError) -> Server {
        var url: String?
        var (tokenCommand, certificates, directory): (String?, String?, String?)
        var allowsPlaintext = false
        for (key, value) in table {
            switch key {
            case "url": url = try text(value.string, key, file)
            case "token_command": tokenCommand = try text(value.string, key, file)
            case "certificates": certificates = try text(value.string, key, file)
            case "directory":
                directory = try text(value.string, key, file)
                guard directory?.hasPrefix("/") ?? true else {
                    throw .configuration("\(file): 'servers.\(name).directory' is no absolute path")
                }
            case "insecure":
                guard let bool = value.bool else {
                    throw .configuration("\(file): 'servers.\(name).insecure' is not true or false")
                }
                allowsPlaintext = bool
            case "token":
                throw .configuration(
                    "\(file): a token does not belong into this file; use token_command, BELAY_TOKEN or belay login")
            default: throw .configuration("\(file): there is no key 'servers.\(name).\(key)'")
            }
        }
        guard let url, let endpoint = Endpoint(url) else {
            throw .configuration("\(file): 'servers.\(name).url' is no address like wss://host:port")
        }
        return Server(
            endpoint: endpoint, tokenCommand: tokenCommand, certificates: certificates,
            allowsPlaintext: allowsPlaintext, directory: directory)
    }

    private static func section(_ value: TOMLTable?, _ key: String, _ file: String) throws(ClientError) -> TOMLTable {
        guard let value else { throw .configuration("\(file): '\(key)' is no section") }
        return value
    }

    private static func text(_ value: String?, _ key: String, _ file: String) throws(ClientError) -> String {
        guard let value else { throw .configuration("\(file): '\(key)' is no string") }
        return value
    }

    /// The server that a name, a URL or nothing means; `nil` for the private one.
    ///
    /// - Parameter allowsPlaintext: Whether plain text may go to another machine, whatever the configuration says.
    /// - Throws: ``ClientError/configuration(_:)`` when it is neither a name of the configuration nor a URL, or when
    ///   everything that is said there could be read on the way.
    public func resolve(_ name: String?, allowsPlaintext: Bool = false) throws(ClientError) -> Server? {
        guard let name = name ?? server else { return nil }
        var found = try find(name)
        found.allowsPlaintext = found.allowsPlaintext || allowsPlaintext
        guard found.endpoint.isSecure || found.endpoint.isLocal || found.allowsPlaintext else {
            throw .configuration(
                "\(found.endpoint) is beyond this machine, where ws:// sends the token and every word in plain text:"
                    + " use wss://, or say --insecure")
        }
        return found
    }

    private func find(_ name: String) throws(ClientError) -> Server {
        if let known = servers[name] { return known }
        guard let endpoint = Endpoint(name) else {
            throw .configuration(
                "'\(name)' is neither an address like wss://host:port nor a [servers.NAME] of the configuration")
        }
        // What the configuration says of an address holds however the address was given.
        return servers.values.first { $0.endpoint == endpoint } ?? Server(endpoint: endpoint)
    }
}
