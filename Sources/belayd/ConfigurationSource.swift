import Ledger
import Platform
import Server
import Transport
import Wire

/// Where a server's configuration comes from: the command line, which is resolved once at the start, and the
/// configuration file, which is read again on SIGHUP.
struct ConfigurationSource: Sendable {
    private let base: ServerConfiguration
    private let file: String
    /// Whether `--config` names the file, which then has to exist.
    private let isNamed: Bool
    private let roots: [String]
    private let expire: String?

    /// Resolves the command line. Relative paths are resolved now, before the server changes to its data folder.
    ///
    /// - Throws: ``ConfigurationError``, ``SystemError``.
    init(_ arguments: Serve) throws {
        var addresses: [Endpoint.Address] = []
        for text in arguments.listen {
            guard let place = HostPort(parsing: text), let port = place.port else { continue }
            addresses.append(.host(place.host, port: port))
        }
        if let socket = arguments.socket { addresses.append(.unix(path: Folders.absolute(socket))) }
        if addresses.isEmpty { addresses = [.host("127.0.0.1", port: 8_137)] }
        let folders = try Folders()
        var base = ServerConfiguration(
            addresses: addresses, dataDirectory: try DataFolder.prepare(arguments.data ?? folders.data),
            isInsecureAllowed: arguments.insecure)
        if let certificate = arguments.tlsCert, let key = arguments.tlsKey {
            base.tls = .init(certificate: Folders.absolute(certificate), key: Folders.absolute(key))
        }
        base.folders.secrets = folders.ofClients
        isNamed = arguments.config != nil
        // Absolute, because a reload reads it after the server has changed to its data folder.
        file = arguments.config.map(Folders.absolute) ?? folders.configuration
        // Links and `..` are resolved once, now: the operator's own command line is no place for somebody else's link.
        roots = arguments.root.map { FolderPath.resolved($0) ?? Folders.absolute($0) }
        expire = arguments.expire
        self.base = base
    }

    /// Reads the file; options of the command line take precedence over its keys.
    ///
    /// - Parameter isReload: Whether the server runs already: only a regular file is read then, since waiting for the
    ///   writer of a pipe would keep it from ending.
    /// - Throws: ``ConfigurationError``. A missing file is ignored only when `--config` did not name it; an unreadable
    ///   one is always an error, since it may hold limits and roots that must not be ignored.
    func read(isReload: Bool = false) throws(ConfigurationError) -> ServerConfiguration {
        var configuration = base
        if let text = try text(isReload: isReload) {
            try configuration.apply(toml: text, file: file)
            configuration.folders.secrets.append(file)
        }
        if !roots.isEmpty {
            configuration.folders.shared = roots
            configuration.folders.sharedKey = "--root (sessions.roots)"
        }
        if let expire {
            configuration.limits.expire = Duration(text: expire)
            // `--expire` may be shorter than the file's `sessions.brief`, which must not exceed it.
            if let expire = configuration.limits.expire {
                configuration.limits.brief = min(configuration.limits.brief, expire)
            }
        }
        return configuration
    }

    private func text(isReload: Bool) throws(ConfigurationError) -> String? {
        do { return try WholeFile.text(file, isRegular: isReload) } catch {
            guard isNamed || !error.isAbsence else { return nil }
            throw ConfigurationError("\(error)")
        }
    }
}
