import NIOCore
import NIOHTTP1
import NIOWebSocket
import Platform
import Wire

/// The upgrade request of a connection, and the handling of its response.
extension Dialer {
    /// The server's response to the upgrade request.
    private enum Answer: Sendable {
        /// The 101; `greeted` when the server accepted `initialize` from the request.
        case upgraded(Connection, greeted: Bool)
        /// Another response, whose body is still being read.
        case refused(EventLoopFuture<Void>)
    }

    /// Sends the upgrade request.
    static func upgrade(
        _ channel: any Channel, _ request: Request, _ opened: @escaping @Sendable (Connection, Bool) -> Void
    ) throws -> EventLoopFuture<Void> {
        // A proxy on this machine leads to a server that is not.
        let offersDeflate = request.compression.isOn(isLocal: channel.isLocal && request.isDirect)
        let begun = NIODeadline.now()
        let upgrader = NIOTypedWebSocketClientUpgrader<Answer>(
            maxFrameSize: request.messageBytesMaximum, enableAutomaticErrorHandling: false,
            upgradePipelineHandler: { channel, response in
                channel.eventLoop.makeCompletedFuture {
                    let deflate = try DeflateParameters.agreed(
                        response.headers[WebSocketExtension.header], isOffered: offersDeflate)
                    let connection = Connection(
                        eventLoop: channel.eventLoop, role: .client, bytesMaximum: request.messageBytesMaximum,
                        deflate: deflate)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    let value = response.headers.first(name: UpgradeRequest.initializeHeader)
                    return .upgraded(connection, greeted: value == "accepted")
                }
            })
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Answer>(
            upgradeRequestHead: head(for: request, offersDeflate: offersDeflate), upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let refused = channel.eventLoop.makePromise(of: Void.self)
                    do {
                        try channel.pipeline.syncOperations.addHandler(
                            RefusalReader(promise: refused, endpoint: request.endpoint))
                    } catch {
                        refused.fail(error)
                    }
                    return .refused(refused.futureResult)
                }
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // NIO's default drops frames that arrive in the same read as the 101: here that would be the whole replay.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let answered = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: pipeline)
        return answered.flatMap { answer in
            switch answer {
            case .upgraded(let connection, let greeted):
                // Only here, and not in the handler that builds the pipeline: NIO drops what is written while it
                // changes the pipeline, and the first frame may have to be written at once. This future completes
                // before the bytes after the 101 are passed on.
                connection.upgrade = .nanoseconds((NIODeadline.now() - begun).nanoseconds)
                opened(connection, greeted)
                return channel.eventLoop.makeSucceededVoidFuture()
            case .refused(let refused): return refused
            }
        }
    }

    private static func head(for request: Request, offersDeflate: Bool) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: authority(of: request.endpoint))
        headers.add(name: "User-Agent", value: request.userAgent)
        if let token = request.token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let initialize = request.initialize {
            let value = Base64URL.encode(initialize.encoded.readableBytesView)
            if value.utf8.count <= UpgradeRequest.initializeBytesMaximum {
                headers.add(name: UpgradeRequest.initializeHeader, value: value)
            }
        }
        if offersDeflate { headers.add(name: WebSocketExtension.header, value: DeflateParameters.offer) }
        headers.add(contentsOf: request.headers)
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: Endpoint.path, headers: headers)
    }

    /// The value of the `Host` header; a Unix socket has none, so it is `localhost`.
    private static func authority(of endpoint: Endpoint) -> String {
        switch endpoint.address {
        case .unix: "localhost"
        case .host(let host, let port): "\(HostPort(host, port).withoutZone)"
        }
    }
}
