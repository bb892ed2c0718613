public import Wire

/// A prompt that the user has sent and whose echo is not in the mirror yet (`protocol.md` §8).
public struct OutboxItem: Hashable, Sendable {
    /// The delivery state of a prompt.
    public enum State: Hashable, Sendable {
        /// On this machine's disk; it is sent when the client is live.
        case pending
        /// Sent on the present connection; its echo has not arrived.
        case sent
        /// Refused by the server, with the reason. It stays until the user takes it back.
        case refused(String)
    }

    /// The idempotency key, which makes it safe to send the prompt again.
    public var id: ClientMessageID
    /// The content blocks of the prompt.
    public var content: [ContentBlock]
    /// When the user sent it, by this machine's clock, in milliseconds since 1970; for display only.
    public var createdAt: Timestamp
    /// The delivery state on the present connection.
    public var state: State
    /// Whether it was ever sent, on this or an earlier connection; if so, the server may have it.
    public var wasSent: Bool
    /// Where the user's trace goes on. It is not on the disk.
    public var trace = TraceContext()

    /// Whether it can be taken back: it was refused, or no server can have it.
    public var canBeTakenBack: Bool {
        switch state {
        case .pending: !wasSent
        case .sent: false
        case .refused: true
        }
    }

    /// The size of the content as JSON, in bytes.
    var bytes: Int { JSON.array(content.map(\.json)).byteCount }

    /// Creates an item; by default one that was never sent.
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
