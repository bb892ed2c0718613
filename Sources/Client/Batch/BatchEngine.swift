import Glibc
import Sync
import Wire

/// The decisions of a batch run (belay(1), "Batch"): a value that takes events and returns actions, without any I/O.
///
/// ```
///  queueing ──queued──► following ──over, next prompt──► queueing
///                           │ over, last prompt
///                           ▼
///                        saving ──saved──► finishing ──finished──► over
/// ```
///
/// A failure, a time-out or a signal leads to `finishing` from every other state, and a second SIGINT to `over`; the
/// last line is written once. An answer to an action that comes after the end changes nothing.
struct BatchEngine: Hashable, Sendable {
    /// The states of the run.
    enum Stage: Hashable, Sendable {
        /// A prompt is being put into the outbox; entries that arrive meanwhile may be about it.
        case queueing(early: [Entry])
        /// A prompt is followed to the end of its turn.
        case following(BatchPrompt)
        /// The last answer is being written into a file; with why the last prompt was refused.
        case saving(refusal: String?)
        /// The last line is being written; with the exit code, and the signal that ends the process instead.
        case finishing(BatchExit, signal: Int32?)
        /// Nothing follows.
        case over
    }

    /// The chat as it was before the run.
    struct Chat: Hashable, Sendable {
        /// The chat's key on this machine.
        var key: String
        /// The chat's session; `nil` when the server has not created it yet.
        var session: SessionID?
    }

    /// How long a turn may take to end after it was cancelled by SIGINT.
    static let interruptTimeout = Duration.seconds(2)

    let options: BatchOptions
    let chat: Chat
    let begunAt: Instant
    var stage = Stage.queueing(early: [])
    var connection: BatchConnection
    private(set) var tally = BatchTally()
    /// The prompts that were not queued yet.
    private var prompts: ArraySlice<String>
    /// When SIGINT arrived for the first time: then the turn is cancelled, and no other prompt follows.
    private(set) var interruptedAt: Instant?

    /// A run of these prompts.
    init(_ options: BatchOptions, prompts: [String], chat: Chat, at now: Instant) {
        self.options = options
        self.prompts = prompts[...]
        self.chat = chat
        begunAt = now
        connection = BatchConnection(at: now)
    }

    /// The prompt that is followed; `nil` while none is.
    var prompt: BatchPrompt? { if case .following(let prompt) = stage { prompt } else { nil } }

    /// Handles an event.
    ///
    /// - Returns: The actions, to be carried out in this order.
    mutating func handle(_ event: BatchEvent, at now: Instant) -> [BatchAction] {
        switch event {
        case .began: return sendNext(refusal: nil)
        case .client(let event): return handle(event, at: now) + completeIfOver()
        case .signal(let number): return handle(signal: number, at: now)
        case .tick: return checkTime(at: now)
        case .failed(let exit, let reason): return finish(exit, reason)
        case .outputFailed: return finish(.ioError, nil, isDetached: true)
        case .queued(let id):
            guard case .queueing(let early) = stage else { return [] }
            stage = .following(BatchPrompt(id, permissions: options.permissions))
            let actions = follow { $0.take(early) } + completeIfOver()
            // SIGINT came while it was being queued.
            return prompt == nil || interruptedAt == nil ? actions : actions + [.cancel(id)]
        case .cancelled(let isTakenBack): return isTakenBack ? interrupted() : []
        case .identified(let session):
            return [.opened(session, resumed: chat.session != nil, connect: now - begunAt)]
        case .decided(let key, let isAllowed): return follow { $0.decide(key, isAllowed) } + completeIfOver()
        case .reread(let entries): return follow { $0.reread(entries) } + completeIfOver()
        case .saved:
            guard case .saving(let refusal) = stage else { return [] }
            return finish(tally.exit, refusal)
        case .finished(let written): return end(written)
        }
    }

    /// Changes the prompt that is followed; does nothing while none is.
    mutating func follow(_ change: (inout BatchPrompt) -> [BatchAction]) -> [BatchAction] {
        guard case .following(var prompt) = stage else { return [] }
        // Without this the prompt would be copied, with the answer so far.
        stage = .over
        defer { stage = .following(prompt) }
        return change(&prompt)
    }

    /// Goes on with the next prompt when the present one is over.
    private mutating func completeIfOver() -> [BatchAction] {
        guard let outcome = prompt?.outcome else { return [] }
        let continues = tally.add(outcome, keepsGoing: options.keepsGoing)
        // After SIGINT no other prompt follows, whatever became of this one.
        if !continues || interruptedAt != nil { prompts = [] }
        let refusal: String? = if case .refused(let reason) = outcome { reason } else { nil }
        return sendNext(refusal: refusal)
    }

    private mutating func sendNext(refusal: String?) -> [BatchAction] {
        if let next = prompts.popFirst() {
            stage = .queueing(early: [])
            return [.send(next)]
        }
        guard let file = options.outputFile, let answer = tally.answer else { return finish(tally.exit, refusal) }
        stage = .saving(refusal: refusal)
        return [.save(answer, in: file)]
    }

    private mutating func handle(signal number: Int32, at now: Instant) -> [BatchAction] {
        guard number == SIGINT else {
            // SIGHUP and SIGTERM, as at the end of a login: a turn goes on at the server.
            let ending =
                prompt?.mayBeAtServer == true
                ? "the turn goes on at the server" : "belay was ended before the prompt was sent\(lastFailure)"
            return finish(.temporaryFailure, "\(ending); \(collectHint)", isDetached: true, signal: number)
        }
        guard interruptedAt == nil else {
            stage = .over
            return [.end(.signal(number))]
        }
        interruptedAt = now
        return prompt.map { [.cancel($0.id)] } ?? []
    }

    /// SIGINT ends the run: its prompt was taken back, or its turn takes too long to end.
    mutating func interrupted() -> [BatchAction] { finish(.unfinished, "interrupted") }

    /// Writes the last line, once.
    mutating func finish(
        _ exit: BatchExit, _ error: String?, isDetached: Bool = false, signal: Int32? = nil
    ) -> [BatchAction] {
        switch stage {
        case .finishing, .over: return []
        case .queueing, .following, .saving: break
        }
        stage = .finishing(exit, signal: signal ?? interruptedAt.map { _ in SIGINT })
        return [.finish(exit, error: error, text: tally.text, turns: tally.turns, isDetached: isDetached)]
    }

    private mutating func end(_ written: BatchEvent.Written) -> [BatchAction] {
        guard case .finishing(let exit, let signal) = stage else { return [] }
        stage = .over
        if let signal {
            guard interruptedAt == nil, case .failed(let reason) = written else { return [.end(.signal(signal))] }
            return [.say(reason, verbosity: 0), .end(.signal(signal))]
        }
        switch written {
        case .whole: return [.end(.exit(exit))]
        // EPIPE is how a reader such as head(1) says that it has enough.
        case .readerLeft: return [.end(.signal(SIGPIPE))]
        case .failed(let reason): return [.say(reason, verbosity: 0), .end(.exit(.ioError))]
        }
    }
}
