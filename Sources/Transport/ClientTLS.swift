import NIOSSL
import Platform

/// The TLS contexts of clients. Creating one reads every certificate that the system trusts, which on a good network
/// takes as long as a part of a resume; so contexts are cached.
enum ClientTLS {
    /// One context for each set of authorities; a program uses one or two.
    private static let contexts = Locked<[Authorities: NIOSSLContext]>([:])
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
            let paths = authorities.paths
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
