import NIOCore
import NIOSSL
import NIOTLS
import Platform

/// Stands behind TLS and verifies that the peer is the requested host. Nothing is written before that: the first
/// request holds the token.
///
/// It is in the pipeline from the beginning, because on a busy event loop the handshake may be complete before a
/// handler could be added.
final class HandshakeGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let host: HostIdentity
    private let tls: NIOSSLClientHandler
    private var promise: EventLoopPromise<Void>?
    private var failure: (any Error)?

    init(host: HostIdentity, tls: NIOSSLClientHandler) {
        self.host = host
        self.tls = tls
    }

    /// Fails with the reason when the peer is not the requested host; set as soon as the handler is in its pipeline.
    var passed: EventLoopFuture<Void>? { promise?.futureResult }

    func handlerAdded(context: ChannelHandlerContext) { promise = context.eventLoop.makePromise() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { examine(context) }
        context.fireUserInboundEventTriggered(event)
    }

    /// The handshake has verified the chain; the certificate's names are checked here.
    private func examine(_ context: ChannelHandlerContext) {
        if let certificate = tls.peerCertificate, CertificateNames(certificate).isFor(host) {
            promise?.succeed()
            return
        }
        failure = HandshakeError.anotherHost
        // Asynchronously: the receiver closes the connection, and NIOSSL is still inside its handshake.
        context.eventLoop.execute { [promise] in promise?.fail(HandshakeError.anotherHost) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = failure ?? error
        end()
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    /// Fails the promise however the connection ends; a promise that is completed already keeps its value.
    private func end() { promise?.fail(failure ?? ChannelError.eof) }
}

/// Why a trusted certificate is rejected.
enum HandshakeError: Error {
    /// None of its names is the requested host.
    case anotherHost
}
