public import Wire

/// The server's own number for a connection; a late callback of one that is gone finds nothing under it.
public struct ConnectionID: RawRepresentable, Hashable, Comparable, Sendable {
    /// The number, never used twice in one run of the server.
    public let rawValue: UInt64

    /// The connection of that number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The older connection first.
    public static func < (left: ConnectionID, right: ConnectionID) -> Bool { left.rawValue < right.rawValue }
}

/// The server's own number for something an agent waits for.
public struct Ticket: RawRepresentable, Hashable, Sendable {
    /// The number.
    public let rawValue: UInt64

    /// The ticket of that number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What happens to a session.
public enum LedgerEvent: Hashable, Sendable {
    /// A client asks something; the two names are used if it becomes a turn.
    case prompted(ConnectionID, RequestID, ClientRequest.Prompt, turn: TurnID, message: MessageID)
    /// A client wants a turn stopped; whichever runs when `nil`.
    case cancelled(TurnID?)
    /// A client leaves; what it asked is answered all the same.
    case left(ConnectionID)
    /// A connection ended.
    case detached(ConnectionID)
    /// The connection cannot keep up; what was queued for it was dropped behind this entry.
    case lagging(ConnectionID, through: Seq)
    /// The connection has room again.
    case drained(ConnectionID)
    /// What a replay wanted was read.
    case loaded(ConnectionID, [EncodedEntry])
    /// A replay's page could not be read.
    case loadFailed(ConnectionID, StoreError)
    /// The agent says or did something, and waits until it is durable.
    case appended(TurnID, Ticket, [Entry.Body])
    /// The agent asks its user, and waits for the answer; asked again under the same key, it is the same question.
    case asked(Question, Ticket)
    /// A client answers; the first answer counts.
    case answered(RequestKey, JSON, by: ClientID?)
    /// The agent is done.
    case finished(TurnID, TurnOutcome)
    /// The commit in flight is durable.
    case committed
    /// The commit in flight is not, and nothing of it is.
    case commitFailed(StoreError)
}

/// What a ledger wants done.
public enum LedgerEffect: Hashable, Sendable {
    /// Write this, and say ``LedgerEvent/committed``.
    case commit(Commit)
    /// Try the commit again after a while: call ``SessionLedger/retryCommit(at:)``.
    case retryCommit
    /// Read entries for this connection when it has room, and say ``LedgerEvent/loaded(_:_:)``.
    case read(ConnectionID, EntryPage)
    /// Queue these entries' frames.
    case deliver(ConnectionID, [EncodedEntry], isReplay: Bool)
    /// Queue the fence.
    case caughtUp(ConnectionID, Position)
    /// Queue an answer.
    case respond(ConnectionID, RequestID, Result<Reply, RPCError>)
    /// Close the connection.
    case close(ConnectionID, CloseCode, String)
    /// Let the agent answer.
    case start(TurnStart)
    /// Cancel the agent's task.
    case stop(TurnID)
    /// What the agent waited for is durable.
    case release(Ticket)
    /// Ask on this connection.
    case ask(ConnectionID, Question, seq: Seq, isReissue: Bool)
    /// The question need not be answered on this connection any more.
    case withdraw(ConnectionID, RequestKey)
    /// The answer that the agent waits for is durable.
    case answer(Ticket, JSON)

    /// What a request is answered.
    public enum Reply: Hashable, Sendable {
        /// A turn ended; `joined` when the prompt was known before.
        case prompt(TurnID, StopReason, seq: Seq, joined: Bool)
        /// `session/load` has replayed everything.
        case loaded(AttachResult)
    }
}

/// A turn to begin, or to go on with.
public struct TurnStart: Hashable, Sendable {
    /// The turn.
    public var turn: TurnID
    /// The message it answers.
    public var message: MessageID
    /// What was asked, as JSON.
    public var prompt: PromptRecord
    /// The entry that began it: what is behind it was recorded before the server died.
    public var startSeq: Seq
    /// The session's state.
    public var state: SessionState

    /// A turn.
    public init(turn: TurnID, message: MessageID, prompt: PromptRecord, startSeq: Seq, state: SessionState) {
        self.turn = turn
        self.message = message
        self.prompt = prompt
        self.startSeq = startSeq
        self.state = state
    }
}
