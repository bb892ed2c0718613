import Sync
import Wire

/// A client's engine and what happens to it: a server that says anything, and a shell that keeps its own promises.
///
/// A step is an object with one member: `receive` (messages), `opened`, `closed` (a reason), `failed` (a refusal's
/// body), `stored`, `storeFailed`, `mirrorFailed`, `mirrorReplaced`, `queued` (a text), `cancel`, `answered` (a key),
/// `wanted` (a number), `network`, `woke` (milliseconds), `hurry`, `wait` (milliseconds) or `tick`, which waits until
/// something is due.
struct EngineStory: ~Copyable {
    private var engine: SyncEngine
    private var now = Instant(nanoseconds: 0)
    /// The attempt, or the connection, that the engine wanted last.
    private var generation = 0
    private var isStoring = false
    private var queued = 0
    private var effects = 0

    init() {
        let configuration = SyncEngine.Configuration(
            clientID: "client", client: Implementation(name: "fuzz", version: "1"), directory: "/folder",
            clientSessionKey: "key", seed: 1)
        let held = Holding(position: Position(epoch: "epoch-1", seq: 4), timestamp: 1_700_000_000_000)
        engine = SyncEngine(configuration, session: "sess-1", holding: held, outbox: [], at: now)
    }

    mutating func take(_ step: JSON) throws(Oddity) {
        guard let (name, value) = step.members?.first.map({ ($0.key, $0.value) }) else { return }
        switch name {
        case "receive":
            let messages = (value.array ?? []).compactMap { try? Message(json: $0) }
            try handle(.received(generation: generation, messages))
        case "opened":
            guard engine.isDialing(generation) else { return }
            try handle(.opened(generation: generation, greeted: value.bool ?? true))
        case "closed":
            let code = value["code"]?.integer(in: .count).flatMap { UInt16(exactly: $0) }.map {
                CloseCode(rawValue: $0)
            }
            try handle(.closed(generation: generation, Closure(code: code, reason: value["reason"]?.string ?? "")))
        case "failed":
            let status =
                value["status"]?.integer(in: .count).flatMap { (400...599).contains($0) ? Int($0) : nil } ?? 503
            let refusal = Refusal(status: status, json: value)
            try handle(
                .failed(generation: generation, refusal.map(DialFailure.refused) ?? .foreign(value.string ?? "?")))
        case "stored": try settle(.stored)
        case "storeFailed": try settle(.storeFailed(value.string ?? "full"))
        case "mirrorFailed": try handle(.mirrorFailed(value.string ?? "no room"))
        case "mirrorReplaced": try handle(.mirrorReplaced)
        case "queued":
            queued += 1
            let content = ContentBlock.text(value.string ?? "?")
            try handle(.queued(OutboxItem(id: ClientMessageID("key-\(queued)"), content: [content], createdAt: 1)))
        case "cancel": try handle(.cancelTurn)
        case "answered": try handle(.answered(RequestKey(value.string ?? "ask-1"), ["action": "cancel"]))
        case "wanted": try handle(.wanted(Seq(value.integer(in: .limit) ?? 1)))
        case "network": try handle(.networkChanged(value.bool == true ? .changed : .none))
        case "woke": try handle(.woke(after: .milliseconds(bounded(value))))
        case "hurry": try handle(.hurry)
        case "wait":
            now = now + .milliseconds(bounded(value))
            try handle(.tick)
        case "tick":
            // Nobody waits for longer than a program lives.
            if let due = engine.nextDeadline, due - now < .seconds(365 * 86_400) { now = max(now, due) }
            try handle(.tick)
        default: break
        }
    }

    mutating func end() throws(Oddity) {
        let claimed = engine.position?.seq ?? 0
        try expect(claimed >= 0, "it claims position \(claimed)")
        for gap in engine.gaps { try expect(gap.lowerBound >= 1, "it lacks entry \(gap.lowerBound)") }
        try handle(.quit)
    }

    /// The store says something about what it was given, and nothing unasked.
    private mutating func settle(_ event: SyncEvent) throws(Oddity) {
        guard isStoring else { return }
        isStoring = false
        try handle(event)
    }

    private mutating func handle(_ event: SyncEvent) throws(Oddity) {
        let wanted = engine.handle(event, at: now)
        effects += wanted.count
        for effect in wanted {
            switch effect {
            case .dial(let attempt, let initialize):
                generation = attempt
                try expect(
                    (try? InitializeRequest(json: initialize.json)) == initialize, "what it says first cannot be read")
            case .store:
                try expect(!isStoring, "it stores while it is storing")
                isStoring = true
            case .send(_, let message):
                try expect((try? Message(json: message.json)) == message, "what it says cannot be read")
            case .abandon, .markSent, .dropAnswers, .outbox, .status, .settled, .call, .cancelCall, .sessions,
                .serverIsOld, .serverIsNew, .replaceServer, .expired, .stopped:
                break
            }
        }
        try expect(effects < 20_000, "it wants \(effects) things done")
    }

    private func bounded(_ value: JSON) -> Int64 { value.integer(in: .delay) ?? 0 }
}
