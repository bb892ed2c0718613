import NIOCore
import NIOExtras
import NIOHTTP1
import NIOSOCKS
import Platform

/// Opens a tunnel to a server through a proxy, on an open connection to the proxy.
enum ProxyTunnel {
    /// Asks the proxy to connect to the server.
    ///
    /// - Returns: A future that fails with ``DialError``, or with the error that ended the connection.
    static func open(_ channel: any Channel, through proxy: Proxy, to target: HostPort) -> EventLoopFuture<Void> {
        let timeout = channel.eventLoop.scheduleTask(in: Dialer.timeout) { channel.close(promise: nil) }
        let opened = channel.eventLoop.makeCompletedFuture {
            switch proxy.kind {
            case .http: try connect(channel, proxy, target)
            case .socks: try socks(channel, target)
            }
        }.flatMap { $0 }
        return opened.flatMapErrorThrowing { error in
            throw error as? DialError ?? .unreachable(sentence(error, proxy, target))
        }.always { outcome in
            timeout.cancel()
            if case .failure = outcome { channel.close(promise: nil) }
        }
    }

    private static func connect(
        _ channel: any Channel, _ proxy: Proxy, _ target: HostPort
    ) throws -> EventLoopFuture<Void> {
        let opened = channel.eventLoop.makePromise(of: Void.self)
        var headers: HTTPHeaders = ["Host": "\(target.withoutZone)"]
        if let authorization = proxy.authorization { headers.add(name: "Proxy-Authorization", value: authorization) }
        let host = HostPort(target.host).withoutZone
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
        let asking = NIOHTTP1ProxyConnectHandler(
            targetHost: "\(host)", targetPort: target.port ?? 443, headers: headers,
            deadline: .now() + Dialer.timeout, promise: opened)
        let pipeline = channel.pipeline.syncOperations
        let status = StatusReader()
        try pipeline.addHandlers(encoder, decoder, status, asking)
        let box = NIOLoopBound((encoder, decoder, status), eventLoop: channel.eventLoop)
        return opened.futureResult.flatMapErrorThrowing { error in
            guard let code = box.value.2.code, code != 407, !(200..<300).contains(code) else { throw error }
            throw DialError.unreachable("the proxy \(proxy) refuses to connect to \(target) (HTTP \(code))")
        }.flatMap {
            let pipeline = channel.pipeline.syncOperations
            let (encoder, decoder, status) = box.value
            return pipeline.removeHandler(status).and(pipeline.removeHandler(encoder))
                .and(pipeline.removeHandler(decoder)).map { _ in }
        }
    }

    /// Remembers the status of the response to CONNECT, which the handler behind it does not tell.
    private final class StatusReader: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPClientResponsePart

        private(set) var code: UInt?

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head(let head) = unwrapInboundIn(data) { code = head.status.code }
            context.fireChannelRead(data)
        }
    }

    private static func socks(_ channel: any Channel, _ target: HostPort) throws -> EventLoopFuture<Void> {
        let address: SOCKSAddress =
            if case .address = HostIdentity(target.host) {
                .address(try SocketAddress(ipAddress: target.withoutZone.host, port: target.port ?? 443))
            } else {
                .domain(target.host, port: target.port ?? 443)
            }
        let opened = channel.eventLoop.makePromise(of: Void.self)
        let asking = SOCKSClientHandler(targetAddress: address)
        let waiting = EstablishedHandler(opened)
        try channel.pipeline.syncOperations.addHandlers(asking, waiting)
        let box = NIOLoopBound((asking, waiting), eventLoop: channel.eventLoop)
        return opened.futureResult.flatMap {
            let pipeline = channel.pipeline.syncOperations
            return pipeline.removeHandler(box.value.0).and(pipeline.removeHandler(box.value.1)).map { _ in }
        }
    }

    /// Waits for a SOCKS proxy to report the connection.
    private final class EstablishedHandler: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer

        private let promise: EventLoopPromise<Void>

        init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is SOCKSProxyEstablishedEvent { promise.succeed() }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.fail(error)
            context.fireErrorCaught(error)
        }

        func channelInactive(context: ChannelHandlerContext) {
            promise.fail(ChannelError.eof)
            context.fireChannelInactive()
        }

        /// Fails the promise however the connection ends; a promise that is completed already keeps its value.
        func handlerRemoved(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
    }

    private static func sentence(_ error: any Error, _ proxy: Proxy, _ target: HostPort) -> String {
        switch error {
        case let error as NIOHTTP1ProxyConnectHandler.Error where error == .proxyAuthenticationRequired():
            "the proxy \(proxy) requires a user and a password (407): add them to its variable"
        case let error as NIOHTTP1ProxyConnectHandler.Error where error == .httpProxyHandshakeTimeout():
            "the proxy \(proxy) timed out while connecting to \(target)"
        case let error as SOCKSError.ConnectionFailed:
            "the proxy \(proxy) refuses to connect to \(target) (SOCKS reply \(error.reply.value))"
        case is ChannelError: "the proxy \(proxy) closed the connection before it reached \(target)"
        default: "the proxy \(proxy) refuses to connect to \(target)"
        }
    }
}
