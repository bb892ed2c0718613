import NIOCore
import NIOPosix
import Transport
import Wire

/// A server that says whatever a test wants, where a client listens to it.
final class HostileServer: Sendable {
    /// What it does.
    enum Manner: Sendable {
        /// Refuses the upgrade.
        case refuses(Refusal)
        /// Ends each connection as soon as it is open.
        case closes(CloseCode, String)
        /// Answers requests; those that it has no answer for are left unanswered.
        case answers(@Sendable (RequestID, _ method: String) -> [Message])
    }

    let endpoint: Endpoint
    private let listener: Listener
    private let group: MultiThreadedEventLoopGroup

    private init(_ listener: Listener, _ group: MultiThreadedEventLoopGroup) {
        self.listener = listener
        self.group = group
        endpoint = Endpoint(address: .host("127.0.0.1", port: listener.port ?? 0))
    }

    static func start(_ manner: Manner) async throws -> HostileServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await Listener.bind(
            Listener.Configuration(address: .host("127.0.0.1", port: 0)), on: group.next(), isReady: { true }
        ) { _, loop in
            if case .refuses(let refusal) = manner { return loop.makeSucceededFuture(.failure(refusal)) }
            let acceptance = Acceptance(
                connectionID: "1", honoursInitialize: false, opened: { opened($0, manner) }, abandoned: {})
            return loop.makeSucceededFuture(.success(acceptance))
        }
        return HostileServer(listener, group)
    }

    private static func opened(_ connection: Connection, _ manner: Manner) {
        switch manner {
        case .refuses: break
        case .closes(let code, let reason): connection.eventLoop.execute { connection.close(code, reason) }
        case .answers(let answers):
            connection.onEvent { event in
                guard case .received(let messages) = event else { return }
                for case .request(let id, let method, _) in messages {
                    for answer in answers(id, method) { connection.write(answer.encoded) }
                }
                connection.flush()
            }
        }
    }

    func stop() async throws {
        await listener.close()
        try await group.shutdownGracefully()
    }
}
