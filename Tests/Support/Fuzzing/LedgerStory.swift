import Ledger
import NIOCore
import Wire

/// A session's ledger and what happens to it: clients that ask anything, an agent that says anything, and a disk that
/// keeps its promises.
///
/// A step is an object with one member: `request` (a message of a client), `notice` (one without an answer), `by` is
/// not said, for the connection is in `from` beside it; `append` (a list of updates and events, `outside` of turns when
/// that stands beside it), `flush`, `ask` (a question), `withdraw` (a key), `finish`, `exit` (how the agent ended),
/// `tick`, `committed`, `commitFailed`, `loaded`, `lagging`, `drained`, `detach` or `wait` (milliseconds).
struct LedgerStory {
    private static let session: SessionID = "sess-1"

    private var ledger: SessionLedger
    private var now = Moment(instant: Instant(nanoseconds: 0), timestamp: 1_700_000_000_000)
    private var journal: [EncodedEntry] = []
    /// The newest record of each prompt in the store.
    private var prompts: [ClientMessageID: PromptRecord] = [:]
    private var inFlight: Commit?
    private var reads: [(ConnectionID, after: Seq, through: Seq, limit: Int)] = []
    private var delivered: [ConnectionID: Seq] = [:]
    private var turn: TurnID = "turn-0"
    /// What the agent emitted and was not told of yet.
    private var correlations: Set<CorrelationID> = []
    private var minted: UInt64 = 0

    init() {
        let record = SessionRecord(
            id: Self.session, epoch: "epoch-1", principal: Principal("user"), directory: "/folder", agent: "agent",
            createdAt: 1_700_000_000_000)
        let stored = StoredSession(record: record, state: SessionState(), tail: [], prompts: [])
        // Small bounds are reached soon.
        let limits = Limits(
            turnsQueued: 3, tailEntries: 4, pageEntries: 3, commitEntries: 5, questionsOpen: 3, promptsKept: 2,
            checkpointEntries: 4)
        ledger = SessionLedger(stored, limits: limits, at: now)
    }

    mutating func take(_ step: JSON) throws(Oddity) {
        let connection = ConnectionID(rawValue: step["from"]?.integer(in: .count) == 2 ? 2 : 1)
        guard let (name, value) = step.members?.first.map({ ($0.key, $0.value) }) else { return }
        switch name {
        case "request": try request(value, from: connection)
        case "notice": try notice(value, from: connection)
        case "append":
            let bodies = (value.array ?? []).compactMap { body($0) }
            let correlation = correlation()
            correlations.insert(correlation)
            try handle(.appended(step["outside"] == nil ? turn : nil, correlation, bodies))
        case "flush": try handle(.flushRequested)
        case "ask": if let question = try? Question(json: value) { try handle(.asked(question, correlation())) }
        case "answer":
            let key = RequestKey(value["key"]?.string ?? "")
            try handle(.answered(Question.Resolution(key: key, answer: value["answer"] ?? .null, by: nil)))
        case "withdraw": try handle(.withdrawn(RequestKey(value.string ?? "")))
        case "exit": if let exit = try? AgentExit(json: value) { try handle(.exited(exit, during: turn)) }
        case "tick": try tick()
        case "finish": try handle(.finished(turn, value.string.map(TurnOutcome.failed) ?? .stopped(.endTurn)))
        case "committed": try commit()
        case "commitFailed": try failCommit()
        case "loaded": try load()
        case "lagging": try handle(.lagging(connection, through: delivered[connection] ?? 0))
        case "drained": try handle(.drained(connection))
        case "detach": try handle(.detached(connection))
        case "wait":
            let passed = value.integer(in: .delay) ?? 0
            now = Moment(instant: now.instant + .milliseconds(passed), timestamp: now.timestamp + passed)
        default: break
        }
    }

    /// Whatever happened, the journal is dense, the state is what it adds up to, and the agent waits for nothing.
    mutating func end() throws(Oddity) {
        try handle(.flushRequested)
        while inFlight != nil { try commit() }
        try expect(correlations.isEmpty, "\(correlations.count) correlations are not released")
        var entries: [Entry] = []
        for encoded in journal {
            guard let entry = try? encoded.decoded() else {
                throw Oddity(sentence: "entry \(encoded.seq) cannot be read back")
            }
            try expect(
                entry.from == entry.seq && entry.seq == Seq(entries.count + 1), "entry \(entry.seq) is out of order")
            entries.append(entry)
        }
        try expect(ledger.record.headSeq == Seq(entries.count), "the head is not the last entry")
        try expect(ledger.state == SessionState(folding: entries), "the state is not what the journal adds up to")
    }

    private mutating func request(_ json: JSON, from connection: ConnectionID) throws(Oddity) {
        guard case .request(let id, let method, let params)? = try? Message(json: json),
            let request = try? ClientRequest(method: method, params: params)
        else { return }
        switch request {
        case .initialize(let initialize):
            for attach in initialize.layer?.resume ?? [] { try self.attach(connection, .init(attach)) }
        case .loadSession: try attach(connection, .load(id))
        case .resumeSession(let attach): try self.attach(connection, .init(attach))
        case .prompt(var prompt):
            minted += 1
            let key = prompt.clientMessageID ?? ClientMessageID("minted-\(minted)")
            prompt.clientMessageID = key
            if ledger.mayHaveForgotten(key) != nil, let known = prompts[key] { _ = ledger.recall(known) }
            try handle(
                .prompted(
                    connection, id, prompt, turn: TurnID("turn-\(minted)"), message: MessageID("message-\(minted)")))
        case .closeSession: try handle(.detached(connection))
        case .authenticate, .newSession, .listSessions, .deleteSession, .set, .state, .history, .fill, .fork, .ping:
            break
        }
    }

    private mutating func notice(_ json: JSON, from connection: ConnectionID) throws(Oddity) {
        guard case .notification(let method, let params)? = try? Message(json: json),
            let notice = try? ClientNotice(method: method, params: params)
        else { return }
        switch notice {
        case .cancel(_, let turn): try handle(.cancelled(turn))
        case .detach: try handle(.detached(connection))
        case .ack, .cancelRequest: break
        }
    }

    private mutating func attach(
        _ connection: ConnectionID, _ attachment: SessionLedger.Attachment
    ) throws(Oddity) {
        let stored = ledger.entryToVerify(attachment).flatMap { seq in
            journal.first { $0.from <= seq && seq <= $0.seq }?.lastTimestamp
        }
        let (result, effects) = ledger.attach(connection, client: "client", attachment, stored: stored, at: now)
        try expect((0...result.headSeq).contains(result.afterSeq), "it replays behind entry \(result.afterSeq)")
        // By what is written: a state holds answers that are no projection, and are not told.
        try expect((try? AttachResult(json: result.json))?.json == result.json, "its answer cannot be read")
        delivered[connection] = result.afterSeq
        try perform(effects)
    }

    /// What the agent says: an update, or an event with its kind.
    private func body(_ json: JSON) -> Entry.Body? {
        if let update = try? SessionUpdate(json: json) { return .update(update) }
        guard let kind = json["kind"]?.string, let event = try? SessionEvent(kind: kind, data: json["data"] ?? [:])
        else {
            return nil
        }
        // The ledger alone begins and ends turns, and asks.
        switch event {
        case .memory, .note, .other: return .event(event)
        case .turnStart, .turnEnd, .request, .requestResolved, .agentExit, .agentRestarted, .agentSession,
            .forked:
            return nil
        }
    }

    private mutating func commit() throws(Oddity) {
        guard let commit = inFlight else { return }
        inFlight = nil
        journal += commit.entries
        for prompt in commit.prompts { prompts[prompt.id] = prompt }
        if let checkpoint = commit.checkpoint {
            let state = SessionState(folding: journal.compactMap { try? $0.decoded() })
            try expect((try? SessionState(checkpoint: checkpoint)) == state, "a checkpoint is not the state")
        }
        try handle(.committed)
    }

    private mutating func failCommit() throws(Oddity) {
        guard inFlight != nil else { return }
        inFlight = nil
        try handle(.commitFailed(.full("disk")))
        try perform(ledger.retryCommit(at: now))
    }

    private mutating func load() throws(Oddity) {
        guard let read = reads.first else { return }
        reads.removeFirst()
        let page = journal.filter { $0.from > read.after && $0.seq <= read.through }.prefix(read.limit)
        try handle(.loaded(read.0, Array(page)))
    }

    private mutating func correlation() -> CorrelationID {
        minted += 1
        return CorrelationID(rawValue: minted)
    }

    /// Time passes to what is due next.
    private mutating func tick() throws(Oddity) {
        guard let deadline = ledger.nextDeadline else { return }
        let passed = max(.zero, deadline - now.instant)
        now = Moment(instant: now.instant + passed, timestamp: now.timestamp + passed.milliseconds)
        try handle(.tick(deadline))
        if let next = ledger.nextDeadline { try expect(next > deadline, "what was due is due again") }
    }

    private mutating func handle(_ event: LedgerEvent) throws(Oddity) { try perform(ledger.handle(event, at: now)) }

    private mutating func perform(_ effects: [LedgerEffect]) throws(Oddity) {
        for effect in effects {
            switch effect {
            case .commit(let commit):
                try expect(inFlight == nil, "two commits at once")
                inFlight = commit
            case .read(let connection, let page):
                reads.append((connection, after: page.after, through: page.through, limit: page.limit))
            case .deliver(let connection, let entries, _):
                try expect(
                    entries.first?.from == (delivered[connection] ?? 0) + 1, "what is delivered does not follow")
                delivered[connection] = entries.last?.seq
            case .start(let start): turn = start.turn
            case .release(let correlation):
                try expect(correlations.remove(correlation) != nil, "a correlation is released twice")
            case .retryCommit, .caughtUp, .respond, .close, .stop, .terminate, .ask, .withdraw, .answer: break
            }
        }
    }
}
