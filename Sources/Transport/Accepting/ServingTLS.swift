public import NIOSSL
import Platform

/// The TLS context of a listener, which can be replaced when the certificate is renewed.
public final class ServingTLS: Sendable {
    private let current: Locked<NIOSSLContext>

    /// Begins with this context.
    public init(_ context: NIOSSLContext) { current = Locked(context) }

    /// The context for the next connection.
    var context: NIOSSLContext { current.withLock { $0 } }

    /// Replaces the context for new connections; open ones keep theirs.
    public func renew(_ context: NIOSSLContext) { current.withLock { $0 = context } }
}
