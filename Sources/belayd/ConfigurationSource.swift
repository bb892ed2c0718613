import Ledger
import Platform
import Server
import Transport
import Wire

/// Where a server's configuration comes from: the command line, as it was meant when the program began, and a file that
/// may be read again.
struct ConfigurationSource: Sendable {
    private let base: ServerConfiguration
    private let file: String
    /// Whether the command line names the file.
    private let isNamed: Bool
    private let roots: [String]
    private let expire: String?

    /// Takes what the command line says. Relative paths are those of the folder that the program was started in.
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
        // As it was named, for errors; it is found again after the server has changed to its data folder.
        file = arguments.config.map(Folders.absolute) ?? folders.configuration
        roots = arguments.root.map(Folders.absolute)
        expire = arguments.expire
        self.base = base
    }

    /// Reads the file, and puts the command line before it.
    ///
    /// - Throws: ``ConfigurationError``. Only a file that was not named and is not there says nothing; one that cannot be
    ///   read may say what must not be passed over.
    func read() throws(ConfigurationError) -> ServerConfiguration {
        var configuration = base
        if let text = try text() {
            try configuration.apply(toml: text, file: file)
            configuration.folders.secrets.append(file)
        }
        if !roots.isEmpty { configuration.folders.shared = roots }
        if let expire {
            configuration.limits.expire = Duration(text: expire)
            // It goes before the configuration, and no session is away briefly for longer than it waits.
            if let expire = configuration.limits.expire {
                configuration.limits.brief = min(configuration.limits.brief, expire)
            }
        }
        return configuration
    }

    private func text() throws(ConfigurationError) -> String? {
        do { return try WholeFile.text(file) } catch {
            guard isNamed || !error.isAbsence else { return nil }
            throw ConfigurationError("\(error)")
        }
    }
}
