import Glibc
import NIOSSL
import Synchronization

/// The certificate authorities that a client trusts.
public struct Authorities: Hashable, Sendable {
    /// A file of PEM certificates that replaces the system's; `nil` for the system's own.
    var file: String?
    /// A folder of PEM certificates, named by their hashes, in addition to that file or instead of the system's.
    var folder: String?
    /// A file of PEM certificates that are trusted in addition; `nil` for none.
    public var additional: String?

    /// The system's authorities, and those in a file.
    public init(additional: String? = nil) { self.additional = additional }

    /// The authorities that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, as OpenSSL reads them; otherwise the system's.
    public init(environment: [String: String], additional: String? = nil) {
        self.init(additional: additional)
        file = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        folder = environment["SSL_CERT_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    }

    fileprivate func apply(to configuration: inout TLSConfiguration) throws {
        for path in [file, folder, additional].compactMap(\.self) where access(path, R_OK) != 0 {
            throw DialError.untrusted(
                "the certificates in \(path) cannot be read (\(String(cString: strerror(errno)).lowercased())): correct"
                    + " the path, or its permissions")
        }
        // Only the first path may be a folder.
        let roots = [folder, file].compactMap(\.self)
        if let first = roots.first { configuration.trustRoots = .file(first) }
        configuration.additionalTrustRoots = (roots.dropFirst() + [additional].compactMap(\.self)).map { .file($0) }
    }
}

/// The TLS contexts of clients. Creating one reads every certificate that the system trusts, which on a good network
/// takes as long as a part of a resume; so contexts are cached.
enum ClientTLS {
    /// One context for each set of authorities; a program uses one or two.
    private static let contexts = Mutex<[Authorities: NIOSSLContext]>([:])
    /// The most contexts that are cached.
    private static let contextsMaximum = 8

    /// The context that trusts these authorities.
    ///
    /// - Throws: ``DialError`` when their files cannot be read.
    static func context(trusting authorities: Authorities) throws -> NIOSSLContext {
        if let context = contexts.withLock({ $0[authorities] }) { return context }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        try authorities.apply(to: &configuration)
        let context: NIOSSLContext
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            let paths = [authorities.file, authorities.folder, authorities.additional].compactMap(\.self)
            guard !paths.isEmpty else { throw error }
            throw DialError.untrusted(
                "there is no PEM certificate in \(paths.joined(separator: " or ")): name a file that begins with"
                    + " -----BEGIN CERTIFICATE-----")
        }
        contexts.withLock { contexts in
            if contexts.count >= contextsMaximum { contexts = [:] }
            contexts[authorities] = context
        }
        return context
    }

    /// Empties the cache after a certificate was not trusted: the files may have changed since they were read.
    static func forget() { contexts.withLock { $0 = [:] } }
}
