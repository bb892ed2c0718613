import NIOCore
import NIOHTTP1
import NIOWebSocket
import Platform
import Wire

/// The request that makes a WebSocket of a connection, and what becomes of the answer.
extension Dialer {
    /// How a server answered.
    private enum Answer: Sendable {
        /// With the 101; whether it took `initialize` from the request.
        case upgraded(Connection, greeted: Bool)
        /// With something else, which takes longer to read.
        case refused(EventLoopFuture<Void>)
    }

    /// Asks for the upgrade.
    static func upgrade(
        _ channel: any Channel, _ request: Request, _ opened: @escaping @Sendable (Connection, Bool) -> Void
    ) throws -> EventLoopFuture<Void> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Answer>(
            maxFrameSize: request.messageBytesMaximum, enableAutomaticErrorHandling: false,
            upgradePipelineHandler: { channel, response in
                channel.eventLoop.makeCompletedFuture {
                    let connection = Connection(
                        eventLoop: channel.eventLoop, role: .client, bytesMaximum: request.messageBytesMaximum)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    let value = response.headers.first(name: UpgradeRequest.initializeHeader)
                    return .upgraded(connection, greeted: value == "accepted")
                }
            })
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Answer>(
            upgradeRequestHead: head(for: request), upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let refused = channel.eventLoop.makePromise(of: Void.self)
                    do {
                        try channel.pipeline.syncOperations.addHandler(RefusalReader(promise: refused))
                    } catch {
                        refused.fail(error)
                    }
                    return .refused(refused.futureResult)
                }
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The default drops frames that share a read with the 101: the whole replay.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let answered = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: pipeline)
        return answered.flatMap { answer in
            switch answer {
            case .upgraded(let connection, let greeted):
                // Only here: NIO drops what is written while it changes the pipeline, and the first frame may have to be
                // written at once. It says that it is done before it passes on what came behind the 101.
                opened(connection, greeted)
                return channel.eventLoop.makeSucceededVoidFuture()
            case .refused(let refused): return refused
            }
        }
    }

    private static func head(for request: Request) -> HTTPRequestHead {
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
        headers.add(contentsOf: request.headers)
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: Endpoint.path, headers: headers)
    }

    /// What `Host` says.
    private static func authority(of endpoint: Endpoint) -> String {
        switch endpoint.address {
        case .unix: "localhost"
        case .host(let host, let port): "\(HostPort(host, port).withoutZone)"
        }
    }
}
