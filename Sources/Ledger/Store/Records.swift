public import NIOCore
public import Wire

/// Whose a session is: the user a token was made for.
///
/// Names are compared by their bytes, as the database does: `String` takes two spellings of one accented letter for
/// equal, and two users would be one.
public struct Principal: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The longest name, in bytes.
    public static let bytesMaximum = Name.bytesMaximum

    /// The user's name.
    public let rawValue: String

    /// The principal of that name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The principal of that name.
    public init(_ name: String) { rawValue = name }

    /// The name.
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

/// What is known of a session without its journal.
public struct SessionRecord: Hashable, Sendable {
    /// Its name.
    public var id: SessionID
    /// The incarnation of its journal.
    public var epoch: Epoch
    /// Whose it is.
    public var principal: Principal
    /// Its folder, an absolute path.
    public var directory: String
    /// Which back end answers.
    public var agent: String
    /// The beginning of its first prompt.
    public var title: String?
    /// The key it was made with.
    public var clientSessionKey: String?
    /// When it was made.
    public var createdAt: Timestamp
    /// When its newest entry was written.
    public var updatedAt: Timestamp
    /// When a client of it last gave a sign of life, or a turn of it ended, by the time that its server has served
    /// (``Moment/instant``).
    public var seenAt: Instant
    /// Its newest entry.
    public var headSeq: Seq
    /// How many bytes its entries and prompts hold.
    public var bytes: Int64
    /// What a session costs beside that, in bytes, about.
    public static let overheadBytes: Int64 = 1_024
    /// When it expired, and the clean session in its place.
    public var expiry: Expired?

    /// When a session expired, and what took its place.
    public struct Expired: Hashable, Sendable {
        /// When.
        public var at: Timestamp
        /// The clean session in its place.
        public var successor: SessionID

        /// An expiry.
        public init(at: Timestamp, successor: SessionID) {
            self.at = at
            self.successor = successor
        }
    }

    /// A session without entries.
    public init(
        id: SessionID, epoch: Epoch, principal: Principal, directory: String, agent: String, title: String? = nil,
        clientSessionKey: String? = nil, createdAt: Timestamp, updatedAt: Timestamp? = nil, seenAt: Instant = .zero,
        headSeq: Seq = 0, bytes: Int64 = 0, expiry: Expired? = nil
    ) {
        self.id = id
        self.epoch = epoch
        self.principal = principal
        self.directory = directory
        self.agent = agent
        self.title = title
        self.clientSessionKey = clientSessionKey
        self.createdAt = createdAt
        self.updatedAt = updatedAt ?? createdAt
        self.seenAt = seenAt
        self.headSeq = headSeq
        self.bytes = bytes
        self.expiry = expiry
    }
}

/// A prompt that was accepted: its idempotency key and what became of it.
public struct PromptRecord: Hashable, Sendable {
    /// The idempotency key.
    public var id: ClientMessageID
    /// What was asked, as the bytes of its JSON; empty once the turn has ended, when nobody needs it any more.
    public var content: ByteBuffer
    /// A sum of the content: the same key with another content is a conflict.
    public var digest: Int64
    /// The turn that answers it.
    public var turn: TurnID
    /// The message it became.
    public var message: MessageID
    /// The last entry of that message.
    public var seq: Seq
    /// How the turn ended, and where; `nil` while it waits or runs.
    public var end: End?

    /// How a turn ended.
    public struct End: Hashable, Sendable {
        /// How.
        public var outcome: TurnOutcome
        /// The entry that says so.
        public var seq: Seq

        /// An end.
        public init(outcome: TurnOutcome, seq: Seq) {
            self.outcome = outcome
            self.seq = seq
        }
    }

    /// A prompt.
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
    /// The sum of a content, its length included. A client that makes two contents of one sum confuses its own prompts
    /// and nobody's else.
    public static func digest(of content: ByteBuffer) -> Int64 {
        var sum = FNV1a()
        content.withUnsafeReadableBytes { sum.add($0) }
        sum.add(Int64(content.readableBytes))
        return sum.signed
    }

    /// The prompt as it is kept when its turn has ended: without what was asked, which can be long.
    public var settled: PromptRecord {
        guard end != nil else { return self }
        var record = self
        record.content = ByteBuffer()
        return record
    }
}

/// What one session writes in one transaction.
public struct Commit: Hashable, Sendable {
    /// The session.
    public var session: SessionID
    /// New entries, in order, the first right behind the head.
    public var entries: [EncodedEntry]
    /// Prompts that are accepted with them, or that ended with them.
    public var prompts: [PromptRecord]
    /// A title, when the session has got one.
    public var title: String?

    /// What is written.
    public init(session: SessionID, entries: [EncodedEntry], prompts: [PromptRecord], title: String? = nil) {
        self.session = session
        self.entries = entries
        self.prompts = prompts
        self.title = title
    }
}

extension Commit {
    /// How many bytes it adds to the session, about.
    public var bytes: Int64 {
        entries.reduce(0) { $0 + Int64($1.payload.readableBytes) }
            + prompts.reduce(0) { $0 + ($1.end == nil ? Int64($1.content.readableBytes) : 0) }
    }
}

/// A session as a ledger goes on with it.
public struct StoredSession: Hashable, Sendable {
    /// What is known of it.
    public var record: SessionRecord
    /// The fold of its journal.
    public var state: SessionState
    /// Its newest entries.
    public var tail: [EncodedEntry]
    /// Its prompts, in the order of their messages.
    public var prompts: [PromptRecord]

    /// A session.
    public init(record: SessionRecord, state: SessionState, tail: [EncodedEntry], prompts: [PromptRecord]) {
        self.record = record
        self.state = state
        self.tail = tail
        self.prompts = prompts
    }
}
