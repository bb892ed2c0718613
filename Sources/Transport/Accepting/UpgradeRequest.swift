public import NIOCore
import NIOHTTP1
public import Wire

/// The parts of an upgrade request that a server decides by.
public struct UpgradeRequest: Sendable {
    /// Where the client is, as the transport proves it.
    public enum Peer: Hashable, Sendable {
        /// A TCP connection, with the client's IP address. It proves nothing about the user.
        case network(String)
        /// A Unix domain socket, with the client's user ID from SO_PEERCRED.
        case local(user: UInt32)
    }

    /// Who is at the other end.
    public var peer: Peer
    /// The bearer token of `Authorization`; `nil` when there is none.
    public var token: String?
    /// The `Origin` header, which browsers send.
    public var origin: String?
    /// The `User-Agent` header, for the log.
    public var userAgent: String?
    /// The parameters of `initialize` from the `Belay-Initialize` header; `nil` when it is missing or malformed.
    public var initialize: JSON?
    /// How messages to the client are compressed; `nil` when they are not.
    public var deflate: DeflateParameters?
    /// Completes, on the connection's event loop, when the connection is closed: its answer is not wanted any more.
    public var socketClosed: EventLoopFuture<Void>

    /// The longest value of `Belay-Initialize` that is sent or accepted, in bytes.
    public static let initializeBytesMaximum = 6 << 10
    /// The name of the header that carries `initialize` in the upgrade request.
    public static let initializeHeader = "Belay-Initialize"

    init(
        head: HTTPRequestHead, peer: Peer, deflate: DeflateParameters? = nil, socketClosed: EventLoopFuture<Void>
    ) {
        self.peer = peer
        self.deflate = deflate
        self.socketClosed = socketClosed
        token = head.headers.first(name: "Authorization").flatMap(UpgradeRequest.bearer)
        origin = head.headers.first(name: "Origin")
        userAgent = head.headers.first(name: "User-Agent")
        // A malformed header is ignored as an older server would ignore it: the client then sends `initialize` as a
        // frame.
        initialize = head.headers.first(name: UpgradeRequest.initializeHeader).flatMap { value in
            guard value.utf8.count <= UpgradeRequest.initializeBytesMaximum,
                let bytes = Base64URL.decode(value)
            else { return nil }
            return try? JSON(parsing: ByteBuffer(bytes: bytes))
        }
    }
}

extension UpgradeRequest {
    /// The token of `Authorization: Bearer TOKEN`, without the blanks around it (RFC 9110 §11.4).
    private static func bearer(_ value: String) -> String? {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        let scheme = value.prefix { !isBlank($0) }
        guard scheme.lowercased() == "bearer" else { return nil }
        let token = value[scheme.endIndex...].drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        return token.isEmpty ? nil : String(token)
    }
}

/// A server's acceptance of an upgrade request.
public struct Acceptance: Sendable {
    /// The connection's ID, for the `Acp-Connection-Id` header.
    public var connectionID: String
    /// Whether `Belay-Initialize` was accepted, so that the client need not send `initialize`.
    public var honoursInitialize: Bool
    /// Called on the event loop when the 101 is written and not flushed yet: what it writes leaves together with the
    /// 101.
    public var opened: @Sendable (Connection) -> Void
    /// Called on the event loop when the connection ended before ``opened`` could be called.
    public var abandoned: @Sendable () -> Void

    /// Creates an acceptance; exactly one of the two closures will be called.
    public init(
        connectionID: String, honoursInitialize: Bool, opened: @escaping @Sendable (Connection) -> Void,
        abandoned: @escaping @Sendable () -> Void
    ) {
        self.connectionID = connectionID
        self.honoursInitialize = honoursInitialize
        self.opened = opened
        self.abandoned = abandoned
    }

    /// The headers of the 101.
    ///
    /// - Parameter deflate: What was accepted for permessage-deflate; `nil` when it is not used.
    func headers(_ deflate: DeflateParameters?) -> HTTPHeaders {
        var headers = HTTPHeaders([("Acp-Connection-Id", connectionID)])
        if honoursInitialize { headers.add(name: UpgradeRequest.initializeHeader, value: "accepted") }
        if let deflate { headers.add(name: WebSocketExtension.header, value: deflate.answer) }
        return headers
    }
}
