import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Wire

@testable import Transport

/// A server that echoes: it answers each request with its own parameters, and keeps what happened.
final class TestListener: Sendable {
    private struct State {
        var requests: [UpgradeRequest] = []
        var closures: [Closure] = []
        var notified: [String] = []
        var connection: Connection?
        var abandoned = 0
    }

    let loop: any EventLoop
    private let group: MultiThreadedEventLoopGroup
    private let listener: Listener
    private let state: StateBox
    private let lobby: Lobby

    private final class StateBox: Sendable {
        let value = Mutex(State())
    }

    private init(
        group: MultiThreadedEventLoopGroup, listener: Listener, state: StateBox, lobby: Lobby
    ) {
        self.lobby = lobby
        self.group = group
        loop = group.next()
        self.listener = listener
        self.state = state
    }

    /// Starts one.
    ///
    /// - Parameters:
    ///   - refusal: What every upgrade is refused with.
    ///   - greeting: What is written with the 101.
    ///   - change: Changes the configuration.
    static func start(
        at address: Endpoint.Address = .host("127.0.0.1", port: 0), refusal: Refusal? = nil, greeting: [Message] = [],
        isReady: @escaping @Sendable () -> Bool = { true }, lobby bounds: Lobby.Bounds = .system,
        change: (inout Listener.Configuration) -> Void = { _ in }
    ) async throws -> TestListener {
        // One loop for everything: what one side has written, the other can read at the loop's next turn.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let state = StateBox()
        var configuration = Listener.Configuration(address: address)
        change(&configuration)
        let lobby = Lobby(bounds)
        let listener: Listener
        do {
            listener = try await Listener.bind(configuration, on: group.next(), lobby: lobby, isReady: isReady) {
                request, loop in
                state.value.withLock { $0.requests.append(request) }
                if let refusal { return loop.makeSucceededFuture(.failure(refusal)) }
                let acceptance = Acceptance(
                    connectionID: "7", honoursInitialize: request.initialize != nil,
                    opened: { connection in
                        state.value.withLock { $0.connection = connection }
                        for message in greeting { connection.write(message.encoded) }
                        connection.flush()
                        connection.onEvent { event in happened(event, on: connection, state) }
                    },
                    abandoned: { state.value.withLock { $0.abandoned += 1 } })
                return loop.makeSucceededFuture(.success(acceptance))
            }
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
        return TestListener(group: group, listener: listener, state: state, lobby: lobby)
    }

    private static func happened(_ event: Connection.Event, on connection: Connection, _ state: StateBox) {
        switch event {
        case .received(let messages):
            for message in messages {
                switch message {
                case .request(let id, _, let params): connection.write(Message.response(id, result: params).encoded)
                case .notification(let method, _): state.value.withLock { $0.notified.append(method) }
                case .response, .failure: break
                }
            }
            connection.flush()
        case .undecodable(let error):
            connection.write(Message.failure(.null, error).encoded)
            connection.flush()
        case .closed(let closure): state.value.withLock { $0.closures.append(closure) }
        case .alive, .writabilityChanged: break
        }
    }

    var port: Int { listener.port ?? 0 }
    var endpoint: Endpoint { Endpoint(address: .host("127.0.0.1", port: port)) }
    /// The upgrade requests that were decided about.
    var requests: [UpgradeRequest] { state.value.withLock { $0.requests } }
    /// How connections ended.
    var closures: [Closure] { state.value.withLock { $0.closures } }
    /// The notifications that came.
    var notified: [String] { state.value.withLock { $0.notified } }

    /// How many are connected who have not said who they are.
    var strangers: Int { lobby.strangerCount }
    /// Whether the listener has stopped accepting, because there is no room for another connection.
    var isShut: Bool { lobby.isShut }

    /// Closes the newest connection.
    func close(_ code: CloseCode, _ reason: String) {
        loop.execute { [self] in state.value.withLock { $0.connection }?.close(code, reason) }
    }

    func stop() async throws {
        await listener.close()
        try await group.shutdownGracefully()
    }
}

/// What a client's connection brought.
final class Heard: Sendable {
    private struct State {
        var messages: [Message] = []
        var closure: Closure?
        var connection: Connection?
        var isGreeted = false
    }

    private let state = Mutex(State())

    /// Dials, and keeps what comes.
    static func dial(
        _ request: Dialer.Request, on loop: any EventLoop, opened: @escaping @Sendable (Connection) -> Void = { _ in }
    ) async throws -> Heard {
        let heard = Heard()
        try await Dialer.dial(request, on: loop) { connection, greeted in
            heard.state.withLock { ($0.connection, $0.isGreeted) = (connection, greeted) }
            opened(connection)
            connection.onEvent { event in
                switch event {
                case .received(let messages): heard.state.withLock { $0.messages += messages }
                case .closed(let closure): heard.state.withLock { $0.closure = closure }
                case .alive, .writabilityChanged, .undecodable: break
                }
            }
        }.get()
        return heard
    }

    var messages: [Message] { state.withLock { $0.messages } }
    var closure: Closure? { state.withLock { $0.closure } }
    var isGreeted: Bool { state.withLock { $0.isGreeted } }

    /// How many bytes of text have come, and how many they were on the wire.
    var bytes: (received: Int, onWire: Int) {
        get async {
            let connection = state.withLock { $0.connection }
            let counts = connection?.eventLoop.submit { (connection?.bytesReceived ?? 0, connection?.bytesOnWire ?? 0) }
            return (try? await counts?.get()) ?? (0, 0)
        }
    }

    func send(_ message: Message) {
        let connection = state.withLock { $0.connection }
        connection?.eventLoop.execute {
            connection?.write(message.encoded)
            connection?.flush()
        }
    }

    func close(_ code: CloseCode, _ reason: String) {
        let connection = state.withLock { $0.connection }
        connection?.eventLoop.execute { connection?.close(code, reason) }
    }
}

/// Starts a listener for as long as the body runs.
func withListener(
    at address: Endpoint.Address = .host("127.0.0.1", port: 0), refusal: Refusal? = nil, greeting: [Message] = [],
    isReady: @escaping @Sendable () -> Bool = { true }, lobby: Lobby.Bounds = .system,
    change: (inout Listener.Configuration) -> Void = { _ in }, body: (TestListener) async throws -> Void
) async throws {
    let listener = try await TestListener.start(
        at: address, refusal: refusal, greeting: greeting, isReady: isReady, lobby: lobby, change: change)
    do { try await body(listener) } catch {
        try await listener.stop()
        throw error
    }
    try await listener.stop()
}
