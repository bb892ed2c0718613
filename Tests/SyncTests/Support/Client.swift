import Wire

@testable import Sync

/// An engine, a clock that only the test moves, and what an installation is called. A class, since `#expect` cannot
/// look into values that are not copied.
final class Client {
    static let session: SessionID = "session"
    static let epoch: Epoch = "epoch"

    static let configuration = SyncEngine.Configuration(
        clientID: "client", client: Implementation(name: "belay", version: "1"), directory: "/folder",
        clientSessionKey: "key", seed: 1, window: nil)

    private var engine: SyncEngine
    /// Whether round trips are left in what the engine says of the connection: most tests are not about them.
    var showsRoundTrips = false
    var now: Instant

    init(
        session: SessionID? = nil, position: Position? = nil, gaps: [ClosedRange<Seq>] = [],
        outbox: [OutboxItem] = [], capabilities: Set<ClientCapability> = [.elicitation],
        fork: SyncEngine.Configuration.Fork? = nil, at now: Instant = .zero
    ) {
        var configuration = Self.configuration
        configuration.capabilities = capabilities
        configuration.fork = fork
        engine = SyncEngine(
            configuration, session: session,
            holding: position.map { Holding(position: $0, timestamp: written($0), gaps: gaps) }, outbox: outbox,
            at: now)
        self.now = now
    }

    var session: SessionID? { engine.session }
    var position: Position? { engine.position }
    var outboxItems: [OutboxItem] { engine.outboxItems }
    var runningTurn: TurnID? { engine.runningTurn }
    var gaps: [ClosedRange<Seq>] { engine.gaps }
    var isLive: Bool { engine.isLive }
    var hasUnsent: Bool { engine.hasUnsent }
    var nextDeadline: Instant? { engine.nextDeadline }

    func isDialing(_ generation: Int) -> Bool { engine.isDialing(generation) }

    func handle(_ event: SyncEvent, after delay: Duration = .zero) -> [SyncEffect] {
        now = now + delay
        return shown(engine.handle(event, at: now))
    }

    private func shown(_ effects: [SyncEffect]) -> [SyncEffect] {
        if showsRoundTrips { return effects }
        return effects.map { effect in
            guard case .status(var status) = effect else { return effect }
            status.roundTrip = nil
            return .status(status)
        }
    }

    func receive(_ messages: Message..., after delay: Duration = .zero) -> [SyncEffect] {
        handle(.received(generation: 1, messages), after: delay)
    }

    /// The server says how long a message it takes.
    func limit(messageBytes: Int64) { engine.outbox.messageBytesMaximum = messageBytes }

    /// Lets time pass until something is due.
    func tick() -> [SyncEffect] {
        now = max(now, engine.nextDeadline ?? now)
        return shown(engine.handle(.tick, at: now))
    }

    /// What the client says first when it claims this position of the session.
    static func hello(_ session: SessionID? = Client.session, at position: Position?) -> InitializeRequest {
        let resume = session.map {
            [AttachRequest(session: $0, position: position, timestamp: position.flatMap { written($0) })]
        }
        return InitializeRequest(
            client: configuration.client, capabilities: configuration.capabilities,
            layer: .init(clientID: configuration.clientID, resume: resume ?? []))
    }

    /// A client that holds the session's first `seq` entries and is current at its first connection, 100 ms after it
    /// began; its round trip is 50 ms.
    static func live(
        at seq: Seq = 4, turn: TurnID? = nil, outbox: [OutboxItem] = [],
        capabilities: Set<ClientCapability> = [.elicitation]
    ) -> Client {
        let client = Client(session: session, position: at(seq), outbox: outbox, capabilities: capabilities)
        client.connect(attached(after: seq, head: seq, turn: turn))
        return client
    }

    /// Dials, is accepted by the fast path, and catches up with an empty delta.
    private func connect(_ resumed: AttachResult) {
        _ = tick()
        _ = handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        _ = receive(Server.greeting(resumed), Server.fence(resumed.headSeq))
        measure(.milliseconds(50))
    }

    /// Lets the ping that follows the fence take so long, on a clock that stands where it stood.
    func measure(_ roundTrip: Duration, generation: Int = 1) {
        for case .send(_, .request(let id, Method.ping, _)) in engine.handle(.tick, at: now) {
            _ = engine.handle(
                .received(generation: generation, [.response(id, result: [:])]), at: now + roundTrip)
        }
    }
}

extension Instant {
    /// So many milliseconds after the test began.
    static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }
}

/// When the entry of a position was written: at its number; before the first nothing was.
func written(_ position: Position) -> Timestamp? { position.seq > 0 ? position.seq : nil }

/// A place in the test's journal.
func at(_ seq: Seq) -> Position { Position(epoch: Client.epoch, seq: seq) }

/// What the server answers to an attach.
func attached(
    _ mode: AttachMode = .delta, epoch: Epoch = Client.epoch, after: Seq, head: Seq, turn: TurnID? = nil
) -> AttachResult {
    AttachResult(
        session: Client.session, epoch: epoch, headSeq: head, mode: mode, afterSeq: after, tier: .brief, turn: turn,
        expiresAt: nil)
}

/// A prompt in the outbox.
func item(_ id: ClientMessageID, state: OutboxItem.State = .pending, wasSent: Bool = false) -> OutboxItem {
    OutboxItem(id: id, content: [.text("\(id)?")], createdAt: 7, state: state, wasSent: wasSent)
}

/// A status, without a round trip unless told.
func status(
    _ state: ConnectionStatus.State, roundTrip: Duration? = nil,
    resumes: [ConnectionStatus.Resume] = [], failure: String? = nil, needsLogin: Bool = false
) -> SyncEffect {
    var status = ConnectionStatus(state: state, roundTrip: roundTrip, resumes: resumes, lastFailure: failure)
    status.needsLogin = needsLogin
    return .status(status)
}
