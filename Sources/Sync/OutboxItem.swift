public import Wire

/// A prompt that the user has sent and the server has not confirmed (`protocol.md` §8).
public struct OutboxItem: Hashable, Sendable {
    /// How far the prompt is.
    public enum State: Hashable, Sendable {
        /// On this machine's disk; it goes out when there is a connection.
        case pending
        /// Sent on the present connection, and not yet echoed.
        case sent
        /// The server refused it, and why. It stays until the user takes it back.
        case refused(String)
    }

    /// The idempotency key.
    public var id: ClientMessageID
    /// What is asked.
    public var content: [ContentBlock]
    /// When the user sent it, by this machine's clock, in milliseconds since 1970; shown, never compared.
    public var createdAt: Timestamp
    /// How far it is.
    public var state: State
    /// Whether it ever went out, on this connection or an earlier one: then the server may have it.
    public var wasSent: Bool

    /// How many bytes of JSON its content takes.
    var bytes: Int { JSON.array(content.map(\.json)).byteCount }

    /// A prompt in the outbox.
    public init(
        id: ClientMessageID, content: [ContentBlock], createdAt: Timestamp, state: State = .pending,
        wasSent: Bool = false
    ) {
        self.id = id
        self.content = content
        self.createdAt = createdAt
        self.state = state
        self.wasSent = wasSent
    }
}
