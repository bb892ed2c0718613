import DequeModule
public import Wire

/// The decisions about one session, as a value: it takes events and returns effects, and performs no IO itself.
///
/// ```
///  prompted ─┐                       ┌─► deliver to everyone who is live
///  appended ─┼─► drafts ─► commit ───┼─► release the agent, start the next turn
///  finished ─┘   (no numbers yet)    └─► answer who waits for the turn
/// ```
///
/// Its invariants: nothing is delivered or answered before it is durable; numbers are assigned when a batch is formed,
/// so they are dense whatever fails; an idempotency key becomes one prompt, in the transaction that stores it; a
/// subscriber gets every entry behind its cursor, in order, once; an agent waits for the disk and never for a client.
public struct SessionLedger: Sendable {
    /// The record of the session; its head is the last durable entry.
    public internal(set) var record: SessionRecord
    /// The fold of the durable journal.
    public internal(set) var state: SessionState
    /// The retention times and bounds, as they were when the session was loaded.
    public let limits: Limits
    /// When a client gave its last sign of life, or a turn ended.
    public internal(set) var seenAt: Instant {
        get { record.seenAt }
        set { record.seenAt = newValue }
    }

    var tail: Tail
    /// The prompts whose turns have not ended, and the newest of the others.
    var prompts: [ClientMessageID: PromptRecord]
    /// The keys of prompts that have ended, the one that ended first in front.
    var promptsEnded: Deque<ClientMessageID> = []
    /// How many prompts that have ended are not in memory, about; see ``mayHaveForgotten(_:)``.
    var promptsForgotten: Int
    /// The last entry of the newest durable checkpoint.
    var checkpoint: Seq
    /// Accepted prompts whose turns have not begun.
    var turnsWaiting: Deque<ClientMessageID>
    /// The prompt whose turn runs.
    var promptRunning: ClientMessageID?
    /// Identifiers for messages whose agent sends none.
    var naming = MessageNaming()
    /// The requests that are answered when a turn ends.
    var waiters: [TurnID: [Waiter]] = [:]
    /// Turns to cancel that wait, or that begin in the commit in flight; each ends when that commit has ended.
    var turnsCancelled: Set<TurnID> = []

    /// The agents that wait for the answer to a question.
    var askers: [RequestKey: [CorrelationID]] = [:]
    /// The running turn, when it is being stopped: further questions of it are answered as cancelled.
    var turnStopping: Stopping?
    /// When a batch was last formed that holds streamed text.
    var textFormedAt: Instant?
    /// Whether gathered text is to be stored without waiting for its deadline.
    var isFlushWanted = false
    /// Whether a commit failed and is to be tried again: until then gathered text waits.
    var isHeldBack = false
    /// Whether more events follow before a batch is formed.
    private(set) var isTaking = false

    var drafts: Deque<Draft> = []
    var inFlight: Batch?
    var subscribers: [ConnectionID: Subscriber] = [:]

    /// Creates the ledger of a stored session.
    ///
    /// - Parameters:
    ///   - stored: The session as the store has it.
    ///   - limits: The retention times and bounds.
    ///   - now: The current moment.
    public init(_ stored: StoredSession, limits: Limits, at now: Moment) {
        record = stored.record
        state = stored.state
        self.limits = limits
        // The stored served time can lag behind if the server was killed, so `seenAt` may lie ahead of it.
        record.seenAt = min(record.seenAt, now.instant)
        tail = Tail(stored.tail, maximum: limits.tailEntries, bytesMaximum: limits.tailBytes)
        prompts = Dictionary(stored.prompts.map { ($0.id, $0) }) { first, _ in first }
        promptsForgotten = stored.hasEndedPrompts ? 1 : 0
        checkpoint = stored.checkpoint
        let running = stored.state.runningTurn?.id
        promptRunning = stored.prompts.first { $0.turn == running }?.id
        turnsWaiting = Deque(stored.prompts.filter { $0.end == nil && $0.turn != running }.map(\.id))
        for prompt in stored.prompts where prompt.end != nil { keep(prompt) }
        if !isWorking { tail.shrink() }
    }

    /// Handles an event.
    ///
    /// - Returns: The effects to perform, in this order.
    public mutating func handle(_ event: LedgerEvent, at now: Moment) -> [LedgerEffect] {
        switch event {
        case .prompted(let connection, let request, let prompt, let turn, let message):
            accept(prompt, turn: turn, message: message, from: connection, request: request, at: now)
        case .cancelled(let turn): cancel(turn, at: now)
        case .left(let connection): leave(connection)
        case .detached(let connection): detach(connection)
        case .lagging(let connection, let through):
            lag(connection, through: through)
        case .drained(let connection): drain(connection)
        case .loaded(let connection, let entries): loaded(entries, for: connection)
        case .loadFailed(let connection, let error): loadFailed(error, for: connection)
        case .appended(let turn, let correlation, let bodies): append(bodies, turn, correlation, at: now)
        case .flushRequested: flush(at: now)
        case .asked(let question, let correlation): ask(question, correlation, at: now)
        case .withdrawn(let key): withdraw(key, at: now)
        case .answered(let resolution): resolve(resolution, at: now)
        case .finished(let turn, let outcome): append(.end(turn, outcome), at: now)
        case .exited(let exit, let turn): exited(exit, during: turn, at: now)
        case .tick(let deadline): tick(deadline, at: now)
        case .committed: committed(at: now)
        case .commitFailed(let error): commitFailed(error)
        }
    }

    /// Handles events that came together; what they store is one batch as far as it fits.
    ///
    /// - Returns: The effects to perform, in this order.
    public mutating func handle(_ events: [LedgerEvent], at now: Moment) -> [LedgerEffect] {
        isTaking = true
        let effects = events.flatMap { handle($0, at: now) }
        isTaking = false
        return effects + formBatch(at: now)
    }

    /// Recovers after a restart: starts the interrupted turn again, for its agent to say whether it goes on, or the
    /// first that waits. A turn whose prompt is lost ends as `interrupted` and keeps its text; none is run again
    /// without a new prompt.
    public mutating func recover(at now: Moment) -> [LedgerEffect] {
        guard let running = state.runningTurn else { return formBatch(at: now) }
        guard let id = promptRunning, let prompt = prompts[id] else {
            return append(.end(running.id, .failed("interrupted")), at: now)
        }
        return [start(prompt, running, isResumed: true)]
    }

    /// Records a sign of life of a client. Reading an expired session does not revive it.
    public mutating func touch(at now: Moment) {
        guard record.expiry == nil else { return }
        seenAt = max(seenAt, now.instant)
    }

    /// How many connections watch.
    public var subscriberCount: Int { subscribers.count }

    /// Whether nothing is going on: no turn, no commit, no waiting prompt, no subscriber.
    public var isIdle: Bool {
        subscribers.isEmpty && !isWorking
    }

    /// Whether a turn runs or waits, or something is being stored.
    public var isWorking: Bool {
        promptRunning != nil || !turnsWaiting.isEmpty || inFlight != nil || !drafts.isEmpty
    }

    /// Whether the session has expired; never while anything is going on.
    public func isExpired(at now: Moment) -> Bool {
        record.expiry != nil || !isWorking && record.isExpired(limits, at: now)
    }

    /// Marks the session as expired: from now on it is read-only. A first mark stays.
    public mutating func expire(_ expiry: SessionRecord.Expired) { record.expiry = record.expiry ?? expiry }

    mutating func append(_ draft: Draft, at now: Moment) -> [LedgerEffect] {
        drafts.append(draft)
        return formBatch(at: now)
    }

    func start(_ prompt: PromptRecord, _ turn: SessionState.Turn, isResumed: Bool = false) -> LedgerEffect {
        .start(
            TurnStart(
                turn: turn.id, message: prompt.message, prompt: prompt, startSeq: turn.startSeq, state: state,
                isResumed: isResumed))
    }
}
