import NIOCore
import NIOHTTP1
public import Wire

/// What a client says in its upgrade request.
public struct UpgradeRequest: Sendable {
    /// Who is at the other end.
    public enum Peer: Hashable, Sendable {
        /// A program on another machine, or this one; its address.
        case network(String)
        /// A program of this user on this machine; a Unix socket tells.
        case local(user: UInt32)
    }

    /// Who is at the other end.
    public var peer: Peer
    /// `Authorization: Bearer …`, without the word.
    public var token: String?
    /// `Origin`.
    public var origin: String?
    /// `User-Agent`.
    public var userAgent: String?
    /// What `Belay-Initialize` held: the parameters of `initialize`.
    public var initialize: JSON?

    /// The longest `Belay-Initialize` that is sent or taken, in bytes.
    public static let initializeBytesMaximum = 6 << 10
    /// The header's name.
    public static let initializeHeader = "Belay-Initialize"

    init(head: HTTPRequestHead, peer: Peer) {
        self.peer = peer
        let authorization = head.headers.first(name: "Authorization")
        token = authorization.flatMap { value in
            value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst("bearer ".count)) : nil
        }
        origin = head.headers.first(name: "Origin")
        userAgent = head.headers.first(name: "User-Agent")
        // One that cannot be read is left out, as if an older server had not known it: the client then says it again.
        initialize = head.headers.first(name: UpgradeRequest.initializeHeader).flatMap { value in
            guard value.utf8.count <= UpgradeRequest.initializeBytesMaximum,
                let bytes = Base64URL.decode(value)
            else { return nil }
            return try? JSON(parsing: ByteBuffer(bytes: bytes))
        }
    }
}

/// What a server answers to an upgrade request that it takes.
public struct Acceptance: Sendable {
    /// `Acp-Connection-Id`.
    public var connectionID: String
    /// Whether `Belay-Initialize` was honoured.
    public var honoursInitialize: Bool
    /// Called on the loop when the 101 is written and before it has left: whatever it writes leaves with it.
    public var opened: @Sendable (Connection) -> Void
    /// Called on the loop when the connection ended before it was opened.
    public var abandoned: @Sendable () -> Void

    /// An answer.
    public init(
        connectionID: String, honoursInitialize: Bool, opened: @escaping @Sendable (Connection) -> Void,
        abandoned: @escaping @Sendable () -> Void
    ) {
        self.connectionID = connectionID
        self.honoursInitialize = honoursInitialize
        self.opened = opened
        self.abandoned = abandoned
    }

    var headers: HTTPHeaders {
        var headers = HTTPHeaders([("Acp-Connection-Id", connectionID)])
        if honoursInitialize { headers.add(name: UpgradeRequest.initializeHeader, value: "accepted") }
        return headers
    }
}
