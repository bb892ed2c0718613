public import Wire

/// What agents emit: streamed text is gathered for a moment, and everything else is stored at once, behind what was
/// gathered before it.
///
/// ```
///  text      ─►│ first: stored at once │◄─ Limits.textInterval ─►│ next: what has come since │…
///  the rest  ─► stored at once, with the text that waits
/// ```
extension SessionLedger {
    /// A turn that is being stopped.
    struct Stopping: Equatable {
        var turn: TurnID
        /// When its agent has had time enough to end it; `nil` when the turn was ended without the agent.
        var until: Instant?
    }

    /// When the shell has to pass in ``LedgerEvent/tick(_:)``; `nil` when no deadline is pending.
    ///
    /// It is when gathered text is to be stored, or when the agent of a stopped turn has had time enough.
    public var nextDeadline: Instant? { [textDeadline, turnStopping?.until].compactMap(\.self).min() }

    /// When the text that waits is stored, unless something else brings it along before; `nil` when none waits, or when
    /// the disk is what it waits for.
    private var textDeadline: Instant? {
        guard inFlight == nil, !isFlushWanted, !isHeldBack, !drafts.isEmpty, drafts.allSatisfy(isStreamed) else {
            return nil
        }
        return textDueAt
    }

    /// When the next text is stored that comes alone.
    private var textDueAt: Instant { textFormedAt.map { $0 + limits.textInterval } ?? .zero }

    /// Whether the drafts are to be stored now, and not with what follows.
    func isDue(at now: Moment) -> Bool {
        guard !drafts.isEmpty, !isFlushWanted, drafts.allSatisfy(isStreamed) else { return !drafts.isEmpty }
        // After a failed commit text alone does not try the disk again before its time.
        guard !isHeldBack else { return false }
        return now.instant >= textDueAt || drafts.reduce(0) { $0 + $1.textBytes } >= limits.textBytes
    }

    /// Whether a draft is streamed text that may wait. Text of a turn that has ended is dropped, and waits for nothing.
    private func isStreamed(_ draft: Draft) -> Bool {
        guard case .output(let turn, _, let output) = draft, output.isText else { return false }
        return turn == nil || turn == promptRunning.flatMap { prompts[$0]?.turn }
    }

    /// An agent emits entries.
    mutating func append(
        _ bodies: [Entry.Body], _ turn: TurnID?, _ correlation: CorrelationID, at now: Moment
    ) -> [LedgerEffect] {
        guard !bodies.isEmpty else { return [.release(correlation)] }
        // A full session accepts no prompts; a turn that runs already gets some slack, but not without end.
        let bytesMaximum = limits.sessionBytes + (turn == nil ? 0 : SessionLedger.turnSlackBytes)
        guard record.bytes < bytesMaximum else { return [.release(correlation)] + overflow(turn, at: now) }
        if joinsLast(bodies, turn), case .output(_, var correlations, var output)? = drafts.popLast() {
            correlations.append(correlation)
            output.append(bodies)
            return append(.output(turn, correlations, output), at: now)
        }
        return append(.output(turn, [correlation], AgentOutput(bodies)), at: now)
    }

    /// Whether entries belong to the output that was emitted last, and a batch has room for them together.
    private func joinsLast(_ bodies: [Entry.Body], _ turn: TurnID?) -> Bool {
        guard case .output(turn, _, let last)? = drafts.last else { return false }
        return last.count + bodies.count <= limits.commitEntries
    }

    /// How many bytes a running turn may add past ``Limits/sessionBytes`` before it is ended.
    private static let turnSlackBytes: Int64 = 16 << 20

    /// No more fits: the turn ends, and what comes outside of turns is dropped.
    private mutating func overflow(_ turn: TurnID?, at now: Moment) -> [LedgerEffect] {
        guard let turn, turn == promptRunning.flatMap({ prompts[$0]?.turn }) else { return [] }
        let outcome = TurnOutcome.failed("the session's journal is full: begin a new session")
        return [.terminate(turn)] + append(.end(turn, outcome), at: now)
    }

    /// The agent waits until everything that it emitted is durable.
    mutating func flush(at now: Moment) -> [LedgerEffect] {
        isFlushWanted = !drafts.isEmpty
        return formBatch(at: now)
    }

    /// The agent ended without having been told to. The turn that it was given ends with what it said so far.
    mutating func exited(_ exit: AgentExit, during turn: TurnID?, at now: Moment) -> [LedgerEffect] {
        drafts.append(.output(nil, [], AgentOutput([.event(.agentExit(exit))])))
        if let turn {
            let isStopped = turnStopping?.turn == turn
            drafts.append(.end(turn, isStopped ? .stopped(.cancelled) : .failed(exit.sentence)))
        }
        return formBatch(at: now)
    }

    /// A deadline has passed. The shell's word for it counts: its timer may run by another clock than `now`.
    mutating func tick(_ deadline: Instant, at now: Moment) -> [LedgerEffect] {
        var effects: [LedgerEffect] = []
        let instant = max(deadline, now.instant)
        if let stopping = turnStopping, let until = stopping.until, until <= instant {
            turnStopping?.until = nil
            drafts.append(.end(stopping.turn, .stopped(.cancelled)))
            effects.append(.terminate(stopping.turn))
        }
        if let due = textDeadline, due <= instant { isFlushWanted = true }
        return effects + formBatch(at: now)
    }

    /// A turn is to be stopped: its agent is told, and has ``Limits/cancelGrace`` to end it. What it says until then is
    /// kept.
    mutating func stop(_ turn: TurnID, at now: Moment) -> LedgerEffect {
        if turnStopping?.turn != turn { turnStopping = Stopping(turn: turn, until: now.instant + limits.cancelGrace) }
        return .stop(turn)
    }
}

extension Draft {
    /// How many bytes of streamed text it holds.
    fileprivate var textBytes: Int {
        guard case .output(_, _, let output) = self else { return 0 }
        return output.textBytes
    }
}
