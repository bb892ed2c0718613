public import NIOSSL
import Synchronization

/// What a listener encrypts with: the newest certificate, for every connection that comes from then on.
public final class ServingTLS: Sendable {
    private let current: Mutex<NIOSSLContext>

    /// Begins with a certificate and its key.
    public init(_ context: NIOSSLContext) { current = Mutex(context) }

    /// What the next connection is encrypted with.
    var context: NIOSSLContext { current.withLock { $0 } }

    /// Takes a new certificate; connections that are open keep theirs.
    public func renew(_ context: NIOSSLContext) { current.withLock { $0 = context } }
}
