public import NIOCore
public import Wire

/// A user: the owner of sessions, and the name that a token was created for.
///
/// Names are compared by their bytes, as the database does. `String` compares by canonical equivalence, and would take
/// two spellings of an accented letter for one user.
public struct Principal: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The longest name, in bytes.
    public static let bytesMaximum = Name.bytesMaximum

    /// The user's name, compared by bytes.
    public let rawValue: String

    /// The principal of that name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The principal of that name.
    public init(_ name: String) { rawValue = name }

    /// The user's name, as it is logged.
    public var description: String { rawValue }

    /// Whether the names have the same bytes.
    public static func == (left: Principal, right: Principal) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    /// Hashes the bytes of the name.
    public func hash(into hasher: inout Hasher) {
        for byte in rawValue.utf8 { hasher.combine(byte) }
    }
}

/// A session without its journal: a row of the list of sessions.
public struct SessionRecord: Hashable, Sendable {
    /// Its identifier.
    public var id: SessionID
    /// The incarnation of its journal.
    public var epoch: Epoch
    /// The user that it belongs to.
    public var principal: Principal
    /// Its folder, an absolute path.
    public var directory: String
    /// The name of the agent that answers.
    public var agent: String
    /// The title that its agent gave it last, or the beginning of its first prompt.
    public var title: String?
    /// The key of the `session/new` that created it; `nil` without one.
    public var clientSessionKey: String?
    /// The servers of the Model Context Protocol that its client named for the agent.
    public var mcpServers: [JSON]
    /// When it was made.
    public var createdAt: Timestamp
    /// When its newest entry was written.
    public var updatedAt: Timestamp
    /// When a client of it last gave a sign of life, or a turn of it ended, by the served time (``Moment/instant``).
    public var seenAt: Instant
    /// The number of its newest durable entry; 0 for an empty journal.
    public var headSeq: Seq
    /// How many bytes its entries and prompts hold.
    public var bytes: Int64
    /// The approximate cost of a session besides that, in bytes; counted against the user's quota.
    public static let overheadBytes: Int64 = 1_024
    /// When it expired, and its successor; `nil` until it is marked as expired.
    public var expiry: Expired?

    /// When a session expired, and its successor.
    public struct Expired: Hashable, Sendable {
        /// The time of the expiry, in milliseconds since 1970.
        public var at: Timestamp
        /// The new, empty session that takes its place.
        public var successor: SessionID

        /// Creates the mark of an expired session.
        public init(at: Timestamp, successor: SessionID) {
            self.at = at
            self.successor = successor
        }
    }

    /// A session without entries.
    public init(
        id: SessionID, epoch: Epoch, principal: Principal, directory: String, agent: String, title: String? = nil,
        clientSessionKey: String? = nil, mcpServers: [JSON] = [], createdAt: Timestamp, updatedAt: Timestamp? = nil,
        seenAt: Instant = .zero,
        headSeq: Seq = 0, bytes: Int64 = 0, expiry: Expired? = nil
    ) {
        self.id = id
        self.epoch = epoch
        self.principal = principal
        self.directory = directory
        self.agent = agent
        self.title = title
        self.clientSessionKey = clientSessionKey
        self.mcpServers = mcpServers
        self.createdAt = createdAt
        self.updatedAt = updatedAt ?? createdAt
        self.seenAt = seenAt
        self.headSeq = headSeq
        self.bytes = bytes
        self.expiry = expiry
    }
}

/// An accepted prompt: its idempotency key, its turn and the outcome.
public struct PromptRecord: Hashable, Sendable {
    /// The idempotency key; the server mints one for a client that sends none.
    public var id: ClientMessageID
    /// The content as the bytes of its JSON; empty once the turn has ended, when only ``digest`` is needed.
    public var content: ByteBuffer
    /// The digest of the content: the same key with other content is a conflict.
    public var digest: Int64
    /// The turn that answers it.
    public var turn: TurnID
    /// The message it became.
    public var message: MessageID
    /// The last entry of that message.
    public var seq: Seq
    /// How the turn ended, and where; `nil` while it waits or runs.
    public var end: End?
    /// Where the client's trace goes on. Not stored: a turn that a restart interrupted goes on outside of it.
    public var trace = TraceContext()

    /// How a turn ended.
    public struct End: Hashable, Sendable {
        /// Whether the turn ended with a stop reason or failed.
        public var outcome: TurnOutcome
        /// The entry that says so.
        public var seq: Seq

        /// Creates the end of a prompt's turn.
        public init(outcome: TurnOutcome, seq: Seq) {
            self.outcome = outcome
            self.seq = seq
        }
    }

    /// Creates the record of an accepted prompt.
    public init(
        id: ClientMessageID, content: ByteBuffer, digest: Int64? = nil, turn: TurnID, message: MessageID, seq: Seq,
        end: End? = nil
    ) {
        self.id = id
        self.content = content
        self.digest = digest ?? PromptRecord.digest(of: content)
        self.turn = turn
        self.message = message
        self.seq = seq
        self.end = end
    }
}

extension PromptRecord {
    /// The digest of a content and its length. It need not resist collisions on purpose: a client that finds one only
    /// confuses its own prompts.
    public static func digest(of content: ByteBuffer) -> Int64 {
        var sum = FNV1a()
        content.withUnsafeReadableBytes { sum.add($0) }
        sum.add(Int64(content.readableBytes))
        return sum.signed
    }

    /// The prompt as it is kept when its turn has ended: without its content, which can be long.
    public var settled: PromptRecord {
        guard end != nil else { return self }
        var record = self
        record.content = ByteBuffer()
        return record
    }
}

/// A session as the store returns it, from which its ledger is created.
public struct StoredSession: Hashable, Sendable {
    /// What is known of it.
    public var record: SessionRecord
    /// The fold of its journal.
    public var state: SessionState
    /// Its newest entries, for ``Tail``; the last one is the head.
    public var tail: [EncodedEntry]
    /// Its prompts whose turns have not ended, in the order of their messages; others may be among them.
    public var prompts: [PromptRecord]
    /// Whether there are others, which ``JournalStore/prompt(_:of:by:)`` finds.
    public var hasEndedPrompts: Bool
    /// The last entry of its newest checkpoint; 0 without one.
    public var checkpoint: Seq

    /// Creates a loaded session.
    public init(
        record: SessionRecord, state: SessionState, tail: [EncodedEntry], prompts: [PromptRecord],
        hasEndedPrompts: Bool = false, checkpoint: Seq = 0
    ) {
        self.record = record
        self.state = state
        self.tail = tail
        self.prompts = prompts
        self.hasEndedPrompts = hasEndedPrompts
        self.checkpoint = checkpoint
    }
}
