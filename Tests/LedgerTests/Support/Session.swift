import Wire

@testable import Ledger

/// A ledger, the two clocks that only the test moves, and what was committed.
final class Session {
    static let id: SessionID = "session"
    static let epoch: Epoch = "epoch"

    private(set) var ledger: SessionLedger
    var now: Moment
    /// What is in the store: every commit that was confirmed.
    private(set) var journal: [EncodedEntry]
    private var inFlight: Commit?

    init(
        _ stored: StoredSession = Session.stored(), limits: Limits = Limits(), at now: Moment = .at(0)
    ) {
        ledger = SessionLedger(stored, limits: limits, at: now)
        journal = stored.tail
        self.now = now
    }

    /// A session whose journal is these bodies, numbered from 1.
    static func stored(
        _ bodies: [Entry.Body] = [], prompts: [PromptRecord] = [], seenAt: Instant = .zero, tail: Int = 1_000
    ) -> StoredSession {
        let entries = bodies.enumerated().map { Entry(seq: Seq($0 + 1), timestamp: 0, body: $1) }
        let record = SessionRecord(
            id: id, epoch: epoch, principal: Principal("user"), directory: "/folder", agent: "agent", createdAt: 0,
            seenAt: seenAt, headSeq: Seq(bodies.count))
        return StoredSession(
            record: record, state: SessionState(folding: entries),
            tail: entries.suffix(tail).map { EncodedEntry($0) }, prompts: prompts)
    }

    func handle(_ event: LedgerEvent, after delay: Duration = .zero) -> [LedgerEffect] {
        now = now.later(by: delay)
        return watch(ledger.handle(event, at: now))
    }

    func attach(
        _ connection: ConnectionID = .one, _ attachment: SessionLedger.Attachment = .resume(nil),
        after delay: Duration = .zero
    ) -> (AttachResult, [LedgerEffect]) {
        now = now.later(by: delay)
        let (result, effects) = ledger.attach(connection, client: "client", attachment, at: now)
        return (result, watch(effects))
    }

    func handle(_ events: [LedgerEvent]) -> [LedgerEffect] { watch(ledger.handle(events, at: now)) }

    /// The deadline that the ledger named has passed.
    func tick() -> [LedgerEffect] {
        guard let deadline = ledger.nextDeadline else { return [] }
        now = now.later(by: max(.zero, deadline - now.instant))
        return handle(.tick(deadline))
    }

    func recover() -> [LedgerEffect] { watch(ledger.recover(at: now)) }

    func retry() -> [LedgerEffect] { watch(ledger.retryCommit(at: now)) }

    @discardableResult func recall(_ prompt: PromptRecord) -> Bool { ledger.recall(prompt) }

    func expire(successor: SessionID) { ledger.expire(.init(at: 5, successor: successor)) }

    func touch() { ledger.touch(at: now) }

    /// The disk has the commit in flight.
    func commit() -> [LedgerEffect] {
        journal += inFlight?.entries ?? []
        inFlight = nil
        return handle(.committed)
    }

    func failCommit(_ error: StoreError = .full("disk")) -> [LedgerEffect] {
        inFlight = nil
        return handle(.commitFailed(error))
    }

    var isCommitting: Bool { inFlight != nil }

    private func watch(_ effects: [LedgerEffect]) -> [LedgerEffect] {
        for case .commit(let commit) in effects {
            precondition(inFlight == nil, "two commits of one session at once")
            inFlight = commit
        }
        return effects
    }

    /// Asks, commits, and the turn runs.
    func begin(_ key: ClientMessageID = "a") {
        _ = handle(ask(key))
        _ = commit()
    }
}

extension Moment {
    /// So many milliseconds after the test began, by both clocks.
    static func at(_ milliseconds: Int64) -> Moment {
        Moment(instant: Instant(nanoseconds: milliseconds * 1_000_000), timestamp: milliseconds)
    }

    func later(by delay: Duration) -> Moment {
        Moment(instant: instant + delay, timestamp: timestamp + delay.milliseconds)
    }
}

extension ConnectionID {
    static let one = ConnectionID(rawValue: 1)
    static let two = ConnectionID(rawValue: 2)
}

/// A prompt with this key: its request has the key's name, its turn and its message as well.
func ask(
    _ key: ClientMessageID, _ text: String? = nil, from connection: ConnectionID = .one, request: RequestID? = nil
) -> LedgerEvent {
    .prompted(
        connection, request ?? .string(key.rawValue),
        ClientRequest.Prompt(session: Session.id, content: [.text(text ?? "\(key)?")], clientMessageID: key),
        turn: turn(key), message: MessageID("message-\(key)"))
}

func turn(_ key: ClientMessageID) -> TurnID { TurnID("turn-\(key)") }

/// What the store keeps of that prompt.
func record(_ key: ClientMessageID, seq: Seq, end: PromptRecord.End? = nil) -> PromptRecord {
    PromptRecord(
        id: key, content: JSON.array([ContentBlock.text("\(key)?").json]).encoded, turn: turn(key),
        message: MessageID("message-\(key)"), seq: seq, end: end)
}

extension PromptRecord.End {
    static func at(_ seq: Seq, _ outcome: TurnOutcome = .stopped(.endTurn)) -> Self {
        .init(outcome: outcome, seq: seq)
    }
}

// The bodies that a prompt and its turn become.

func asked(_ key: ClientMessageID) -> Entry.Body {
    .update(.userMessage(.init(messageID: MessageID("message-\(key)"), content: .text("\(key)?"))))
}

func began(_ key: ClientMessageID) -> Entry.Body {
    .event(.turnStart(turn(key), prompt: MessageID("message-\(key)")))
}

func said(_ text: String, _ message: MessageID = "answer") -> Entry.Body {
    .update(.agentMessage(.init(messageID: message, content: .text(text))))
}

func note(_ text: String) -> Entry.Body { .event(.note(text)) }

func ended(_ key: ClientMessageID, _ outcome: TurnOutcome = .stopped(.endTurn)) -> Entry.Body {
    .event(.turnEnd(turn(key), outcome))
}

/// An entry as it is stored; `key` on the echo of a prompt.
func entry(_ seq: Seq, _ body: Entry.Body, at timestamp: Timestamp = 0, key: ClientMessageID? = nil) -> EncodedEntry {
    EncodedEntry(Entry(seq: seq, timestamp: timestamp, clientMessageID: key, body: body))
}

func commit(_ entries: [EncodedEntry], _ prompts: [PromptRecord] = [], title: String? = nil) -> LedgerEffect {
    .commit(Commit(session: Session.id, entries: entries, prompts: prompts, title: title))
}

func at(_ seq: Seq) -> Position { Position(epoch: Session.epoch, seq: seq) }

func answered(
    _ key: ClientMessageID, _ reason: StopReason = .endTurn, seq: Seq, joined: Bool = false,
    on connection: ConnectionID = .one, request: RequestID? = nil
) -> LedgerEffect {
    .respond(
        connection, request ?? .string(key.rawValue), .success(.prompt(turn(key), reason, seq: seq, joined: joined)))
}
