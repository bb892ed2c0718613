import Glibc
import NIOSSL
import Synchronization

/// Whose signatures on certificates a client trusts.
public struct Authorities: Hashable, Sendable {
    /// A file of PEM certificates in the place of the system's; `nil` for the system's own.
    var file: String?
    /// A folder of PEM certificates, named by their hashes, besides that file, or in the place of the system's.
    var folder: String?
    /// A file of PEM certificates that are trusted as well.
    public var additional: String?

    /// The system's, and those in a file.
    public init(additional: String? = nil) { self.additional = additional }

    /// Those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, as OpenSSL reads them; the system's where neither is set.
    public init(environment: [String: String], additional: String? = nil) {
        self.init(additional: additional)
        file = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        folder = environment["SSL_CERT_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    }

    fileprivate func apply(to configuration: inout TLSConfiguration) throws {
        for path in [file, folder, additional].compactMap(\.self) where access(path, R_OK) != 0 {
            throw DialError.untrusted(
                "the certificates in \(path) cannot be read (\(String(cString: strerror(errno)).lowercased())): correct"
                    + " the name, or the file's mode")
        }
        // Only the first of them may be a folder.
        let roots = [folder, file].compactMap(\.self)
        if let first = roots.first { configuration.trustRoots = .file(first) }
        configuration.additionalTrustRoots = (roots.dropFirst() + [additional].compactMap(\.self)).map { .file($0) }
    }
}

/// What connections of clients are encrypted with. Making it reads every certificate that the system trusts, which on a
/// good link takes as long as a part of the resume itself; so it is made once and kept.
enum ClientTLS {
    /// One for each choice of authorities; a program makes one or two.
    private static let contexts = Mutex<[Authorities: NIOSSLContext]>([:])
    /// The most that are kept.
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
                "there is no certificate in \(paths.joined(separator: " or ")) that can be read: PEM is wanted, between"
                    + " -----BEGIN CERTIFICATE----- and its end")
        }
        contexts.withLock { contexts in
            if contexts.count >= contextsMaximum { contexts = [:] }
            contexts[authorities] = context
        }
        return context
    }

    /// A certificate was not trusted: the files may have been changed since they were read, and are read again.
    static func forget() { contexts.withLock { $0 = [:] } }
}
