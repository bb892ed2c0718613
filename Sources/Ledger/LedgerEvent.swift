public import Wire

/// The server's number for a connection. A late callback of a closed connection finds nothing under its number.
public struct ConnectionID: RawRepresentable, Hashable, Comparable, Sendable {
    /// The number, never used twice in one run of the server.
    public let rawValue: UInt64

    /// The connection of that number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The older connection first.
    public static func < (left: ConnectionID, right: ConnectionID) -> Bool { left.rawValue < right.rawValue }
}

/// A handle for something that an agent waits for: a commit, or the answer to a question. The shell keeps what waits
/// under it and goes on with it on ``LedgerEffect/release(_:)`` or ``LedgerEffect/answer(_:_:)``.
public struct CorrelationID: RawRepresentable, Hashable, Sendable {
    /// The number, never used twice in one run of the server.
    public let rawValue: UInt64

    /// The correlation identifier of that number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The inputs of a ``SessionLedger``.
public enum LedgerEvent: Hashable, Sendable {
    /// A client sends a prompt; `turn` and `message` are the identifiers to use if it becomes a turn.
    case prompted(ConnectionID, RequestID, ClientRequest.Prompt, turn: TurnID, message: MessageID)
    /// A client cancels a turn; the running one when `nil`.
    case cancelled(TurnID?)
    /// A client detaches from the session; its pending requests are answered all the same.
    case left(ConnectionID)
    /// The connection was closed.
    case detached(ConnectionID)
    /// The connection's queue ran over; the entries queued behind this one were dropped.
    case lagging(ConnectionID, through: Seq)
    /// The connection's queue has drained.
    case drained(ConnectionID)
    /// The page that a replay asked for was read.
    case loaded(ConnectionID, [EncodedEntry])
    /// A replay's page could not be read.
    case loadFailed(ConnectionID, StoreError)
    /// The agent emits entries in a turn, or outside of turns when `nil`. The correlation identifier is released when
    /// they are durable, or dropped because the turn has ended or the session is full.
    case appended(TurnID?, CorrelationID, [Entry.Body])
    /// The agent waits until what it has emitted is durable: text that is gathered is stored now.
    case flushRequested
    /// The agent asks its user, and waits for the answer; the same key is the same question.
    case asked(Question, CorrelationID)
    /// The agent does not want the answer to its question any more.
    case withdrawn(RequestKey)
    /// A client answers; the first answer counts.
    case answered(Question.Resolution)
    /// The agent has ended the turn.
    case finished(TurnID, TurnOutcome)
    /// The agent died, and with it the turn that it was given.
    case exited(AgentExit, during: TurnID?)
    /// This deadline, ``SessionLedger/nextDeadline``, has passed.
    case tick(Instant)
    /// The commit in flight is durable.
    case committed
    /// The commit in flight failed; nothing of it was written.
    case commitFailed(StoreError)
}

/// The outputs of a ``SessionLedger``: what the session actor has to do, in order.
public enum LedgerEffect: Hashable, Sendable {
    /// Write this commit, then pass in ``LedgerEvent/committed`` or ``LedgerEvent/commitFailed(_:)``.
    case commit(Commit)
    /// Try the commit again after a while: call ``SessionLedger/retryCommit(at:)``.
    case retryCommit
    /// Read a page for this connection when its queue has room, then pass in ``LedgerEvent/loaded(_:_:)``.
    case read(ConnectionID, EntryPage)
    /// Queue these entries' frames.
    case deliver(ConnectionID, [EncodedEntry], isReplay: Bool)
    /// Queue the fence of a replay, `_belay/caught_up`.
    case caughtUp(ConnectionID, Position)
    /// Queue the answer to a request.
    case respond(ConnectionID, RequestID, Result<Reply, RPCError>)
    /// Close the connection with this code and reason.
    case close(ConnectionID, CloseCode, String)
    /// Start the agent on a turn.
    case start(TurnStart)
    /// Tell the agent to stop the turn; it may still say something until it ends.
    case stop(TurnID)
    /// The turn was ended without its agent: the agent is ended too, and what it still says is dropped.
    case terminate(TurnID)
    /// The entries of this correlation identifier are durable, or dropped: the agent has room for others.
    case release(CorrelationID)
    /// Send the question on this connection.
    case ask(ConnectionID, Question, seq: Seq, isReissue: Bool)
    /// Cancel the question on this connection (`$/cancel_request`).
    case withdraw(ConnectionID, RequestKey)
    /// Resume the agent with the answer, which is durable.
    case answer(CorrelationID, JSON)

    /// The result of a request.
    public enum Reply: Hashable, Sendable {
        /// A turn ended; `joined` when its idempotency key was known before.
        case prompt(TurnID, StopReason, seq: Seq, joined: Bool)
        /// `session/load` has replayed everything.
        case loaded(AttachResult)
    }
}

/// A turn to begin, or to resume after a restart.
public struct TurnStart: Hashable, Sendable {
    /// The turn's identifier, minted by the server when the prompt was accepted.
    public var turn: TurnID
    /// The message it answers.
    public var message: MessageID
    /// What was asked, as JSON.
    public var prompt: PromptRecord
    /// The entry that began it; entries behind it were recorded before the server died.
    public var startSeq: Seq
    /// The state of the session, with what the turn recorded before a restart.
    public var state: SessionState
    /// Whether the turn was interrupted by a restart, and the agent is asked first whether it goes on.
    public var isResumed: Bool

    /// Creates the start, or the resumption, of a turn.
    public init(
        turn: TurnID, message: MessageID, prompt: PromptRecord, startSeq: Seq, state: SessionState,
        isResumed: Bool = false
    ) {
        self.turn = turn
        self.message = message
        self.prompt = prompt
        self.startSeq = startSeq
        self.state = state
        self.isResumed = isResumed
    }
}
