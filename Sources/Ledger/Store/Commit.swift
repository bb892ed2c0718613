public import NIOCore
public import Wire

/// What one session adds to the store, atomically.
public struct Commit: Hashable, Sendable {
    /// The session that the entries are appended to.
    public var session: SessionID
    /// The last entry of the journal that it is appended to: the store refuses it behind any other.
    public var expectedHead: Seq
    /// New entries, in order, the first right behind ``expectedHead``.
    public var entries: [EncodedEntry]
    /// Prompts that are accepted with them, or that ended with them.
    public var prompts: [PromptRecord]
    /// The title of the session from now on; `nil` leaves it as it is.
    public var title: String?
    /// The state behind its last entry, when it is to be stored, so that the session is loaded from there
    /// (``SessionState/checkpoint``).
    public var checkpoint: ByteBuffer?

    /// Creates a commit; `entries` may be empty when only prompts change.
    ///
    /// - Parameter expectedHead: The last entry that is stored; the one before the first of `entries` when `nil`.
    public init(
        session: SessionID, expectedHead: Seq? = nil, entries: [EncodedEntry], prompts: [PromptRecord],
        title: String? = nil, checkpoint: ByteBuffer? = nil
    ) {
        self.session = session
        self.expectedHead = expectedHead ?? (entries.first.map { $0.from - 1 } ?? 0)
        self.entries = entries
        self.prompts = prompts
        self.title = title
        self.checkpoint = checkpoint
    }
}

extension Commit {
    /// How many bytes it adds to the session, about.
    public var bytes: Int64 {
        entries.reduce(0) { $0 + Int64($1.payload.readableBytes) }
            + prompts.reduce(0) { $0 + ($1.end == nil ? Int64($1.content.readableBytes) : 0) }
    }

    /// The head of the session once it is stored.
    public var head: Seq { entries.last?.seq ?? expectedHead }

    /// Whether its entries follow ``expectedHead`` and one another, without a gap.
    public var isDense: Bool {
        zip(entries, (expectedHead + 1)...).allSatisfy { $0.seq == $1 }
    }
}

/// A commit and the lease under which it is written.
public struct LeasedCommit: Hashable, Sendable {
    /// What is written.
    public var commit: Commit
    /// The lease of its session.
    public var lease: Lease

    /// Creates a commit under a lease.
    ///
    /// - Precondition: The lease is that of the commit's session.
    public init(_ commit: Commit, under lease: Lease) {
        precondition(commit.session == lease.session, "a commit of \(commit.session) under a lease of \(lease.session)")
        self.commit = commit
        self.lease = lease
    }
}

/// What became of a commit.
public enum CommitOutcome: Hashable, Sendable {
    /// It is durable.
    case stored
    /// Nothing of it was written: its lease is not the newest of the session, or somebody else has written to it. The
    /// ledger has to be dropped, and its subscribers have to come back, here or elsewhere.
    case fenced
    /// Nothing of it was written.
    case refused(StoreError)
    /// The store cannot be written to just now, and nothing of it was written; it may be tried again after this delay.
    case unavailable(retryAfter: Duration)
    /// The store failed, and whether it was written is not known. Nothing else of this session may be written before
    /// that is found out (``JournalStore/settle(_:after:ttl:by:)``).
    case unknown(StoreError)
}
