import NIOCore
import NIOPosix
import Synchronization
import TestKit
public import Transport
public import Wire

/// A client without a memory: says what a test wants said, and keeps what it hears.
public final class WireClient: Sendable {
    /// The server did not answer.
    public struct NoAnswer: Error {
        /// The request.
        public var request: RequestID
        /// How the connection ended, if it did.
        public var closure: Closure?
    }

    private struct State {
        var messages: [Message] = []
        var closure: Closure?
        var lastNumber: Int64 = 0
        var isGreeted = false
        var connection: Connection?
    }

    private let state = Mutex(State())
    private let loop: any EventLoop

    private init(loop: any EventLoop) { self.loop = loop }

    /// Connects.
    ///
    /// - Parameters:
    ///   - endpoint: Where to.
    ///   - token: The token.
    ///   - initialize: What travels in the upgrade request.
    ///   - headers: More headers of the upgrade request.
    ///   - compression: Whether compression is offered.
    /// - Throws: `DialError`.
    public static func connect(
        to endpoint: Endpoint, token: String? = nil, initialize: InitializeRequest? = nil,
        headers: [(String, String)] = [], certificates: String? = nil, compression: Compression = .auto
    ) async throws -> WireClient {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let client = WireClient(loop: loop)
        let request = Dialer.Request(
            endpoint: endpoint, token: token, userAgent: "wire-client/1", initialize: initialize?.json,
            headers: headers, authorities: Authorities(additional: certificates), compression: compression)
        try await Dialer.dial(request, on: loop) { connection, greeted in client.opened(connection, greeted) }.get()
        return client
    }

    private func opened(_ connection: Connection, _ greeted: Bool) {
        state.withLock { ($0.connection, $0.isGreeted) = (connection, greeted) }
        connection.onEvent { [self] event in
            switch event {
            case .received(let messages): state.withLock { $0.messages += messages }
            case .closed(let closure): state.withLock { $0.closure = closure }
            case .alive, .writabilityChanged, .undecodable: break
            }
        }
    }

    /// Whether the server took `initialize` from the upgrade request.
    public var isGreeted: Bool { state.withLock { $0.isGreeted } }

    /// How many bytes of text have come, and how many they were on the wire without the frames' own.
    public var bytes: (received: Int, onWire: Int) {
        get async {
            let connection = state.withLock { $0.connection }
            let counts = try? await loop.submit { (connection?.bytesReceived ?? 0, connection?.bytesOnWire ?? 0) }.get()
            return counts ?? (0, 0)
        }
    }

    /// Everything that came, in order.
    public var messages: [Message] { state.withLock { $0.messages } }

    /// How the connection ended.
    public var closure: Closure? { state.withLock { $0.closure } }

    /// The journal entries that came, in order.
    public var notices: [EntryNotice] {
        messages.compactMap { message in
            guard case .notification(let method, let params) = message else { return nil }
            return try? EntryNotice(method: method, params: params)
        }
    }

    /// Answers what the server asked.
    public func respond(_ id: RequestID, _ result: JSON) { send(.response(id, result: result)) }

    /// Tells the server something.
    public func notify(_ method: String, _ params: JSON) { send(.notification(method: method, params: params)) }

    /// The fences that came, in order.
    public var fences: [CaughtUp] {
        messages.compactMap { message in
            guard case .notification(Method.caughtUp, let params) = message else { return nil }
            return try? CaughtUp(json: params)
        }
    }

    /// The texts of the agent's chunks that came as ACP updates, stamped or not, joined.
    public var agentText: String {
        messages.compactMap { message in
            guard case .notification(Method.update, let params) = message,
                params["update"]?["sessionUpdate"] == "agent_message_chunk"
            else { return nil }
            return params["update"]?["content"]?["text"]?.string
        }.joined()
    }

    /// Sends a message.
    public func send(_ message: Message) {
        loop.execute { [self] in
            let connection = state.withLock { $0.connection }
            connection?.write(message.encoded)
            connection?.flush()
        }
    }

    /// Sends a request and does not wait for its answer.
    @discardableResult
    public func post(_ method: String, _ params: JSON) -> RequestID {
        let id = state.withLock { state in
            state.lastNumber += 1
            return RequestID.number(state.lastNumber)
        }
        send(.request(id, method: method, params: params))
        return id
    }

    /// The answer to a request, when it has come.
    ///
    /// - Throws: `RPCError` when the server refused, ``NoAnswer`` when nothing came.
    @discardableResult
    public func answer(to id: RequestID) async throws -> JSON {
        _ = await eventually { self.result(of: id) != nil || self.closure != nil }
        guard let result = result(of: id) else { throw NoAnswer(request: id, closure: closure) }
        return try result.get()
    }

    private func result(of id: RequestID) -> Result<JSON, RPCError>? {
        for message in messages {
            switch message {
            case .response(id, let result): return .success(result)
            case .failure(id, let error): return .failure(error)
            case .response, .failure, .request, .notification: continue
            }
        }
        return nil
    }

    /// Sends a request and waits for its answer.
    @discardableResult
    public func request(_ method: String, _ params: JSON) async throws -> JSON {
        try await answer(to: post(method, params))
    }

    /// What the server refuses a request with.
    public func refusal(_ method: String, _ params: JSON) async throws -> RPCError? {
        do {
            try await request(method, params)
            return nil
        } catch let error as RPCError {
            return error
        }
    }

    /// Ends the connection without a word.
    public func abort() {
        loop.execute { [self] in state.withLock { $0.connection }?.abort() }
    }

    /// Reads nothing more from the connection.
    public func stopReading() {
        loop.execute { [self] in state.withLock { $0.connection }?.setReading(false) }
    }

    /// Ends the connection with a close frame.
    public func close() {
        loop.execute { [self] in state.withLock { $0.connection }?.close(.normal, "") }
    }
}
