import NIOSSL
import Synchronization

/// What connections of clients are encrypted with. Making it reads every certificate that the system trusts, which on a
/// good link takes as long as a part of the resume itself; so it is made once and kept.
enum ClientTLS {
    /// One for each file of certificates that was named; a program names one or none.
    private static let contexts = Mutex<[String?: NIOSSLContext]>([:])
    /// The most that are kept.
    private static let contextsMaximum = 8

    /// The context that trusts the system's certificates and those in a file.
    static func context(trusting file: String?) throws -> NIOSSLContext {
        if let context = contexts.withLock({ $0[file] }) { return context }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file { configuration.additionalTrustRoots = [.file(file)] }
        let context = try NIOSSLContext(configuration: configuration)
        contexts.withLock { contexts in
            if contexts.count >= contextsMaximum { contexts = [:] }
            contexts[file] = context
        }
        return context
    }

    /// A certificate was not trusted: the files may have been changed since they were read, and are read again.
    static func forget() { contexts.withLock { $0 = [:] } }
}
