import NIOCore
import NIOSSL
import NIOTLS
import Platform

/// Stands behind TLS and says whether the other side is who was asked for. Nothing is written before it has said so:
/// the first thing that is written holds the token.
///
/// It is there from the beginning of the connection, for on a busy loop the handshake may be over before anybody else
/// can hear of it.
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

    /// Fails with why the other side is not spoken to; there as soon as the handler is in its pipeline.
    var passed: EventLoopFuture<Void>? { promise?.futureResult }

    func handlerAdded(context: ChannelHandlerContext) { promise = context.eventLoop.makePromise() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { examine(context) }
        context.fireUserInboundEventTriggered(event)
    }

    /// The chain was verified by the handshake; whether it ends at this host is left.
    private func examine(_ context: ChannelHandlerContext) {
        if let certificate = tls.peerCertificate, CertificateNames(certificate).isFor(host) {
            promise?.succeed()
            return
        }
        failure = HandshakeError.anotherHost
        // Whoever hears it closes the connection, and NIOSSL is still in the middle of its handshake.
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

    /// However it ends, whoever waits is told; a promise that is kept already stays as it is.
    private func end() { promise?.fail(failure ?? ChannelError.eof) }
}

/// What is wrong with a certificate that is trusted.
enum HandshakeError: Error {
    /// It is for somebody else.
    case anotherHost
}
