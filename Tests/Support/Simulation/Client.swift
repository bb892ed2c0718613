import Ledger
import NIOCore
import Sync
import Wire

/// A client as the simulator runs it: the real engine on a virtual disk and a virtual network.
final class Client {
    unowned let world: World
    let number: Int
    /// Whose program it is, and under which key it makes its session.
    let principal: Principal
    let key: String
    /// The client that makes the session in which both are.
    private(set) weak var leader: Client?
    var disk = ClientDisk()
    var token: Int { didSet { tokens.insert(token) } }
    /// Every token that it had: an attempt with an earlier one may be answered late.
    private var tokens: Set<Int>
    /// The program, while it runs.
    private(set) var engine: Engine?
    private var lines: [Int: Line] = [:]
    /// When the timer goes off.
    private var timer: Instant?
    var storing: [MirrorChange]?
    /// How often this client had a connection.
    private(set) var connections = 0
    private(set) var resumes = 0
    var isDiskFull = false
    /// Whether the program died between the word of what is lacking and the entries behind that, and how many restores
    /// there had been.
    var isCutBehindSkip = false
    var restoresSeen = 0
    /// What shows the text that comes, until the program ends.
    var consumer: Consumer

    /// The engine in a box, for it cannot be copied.
    final class Engine {
        var value: SyncEngine
        init(_ value: consuming SyncEngine) { self.value = value }
    }

    /// - Parameter leader: The client in whose session it is; `nil` when it makes one of its own.
    init(_ world: World, number: Int, of principal: Principal, key: String, with leader: Client?) {
        self.world = world
        self.number = number
        (self.principal, self.key, self.leader) = (principal, key, leader)
        (token, tokens) = (number, [number])
        consumer = Consumer(repeats: world.variant == .showRepeated)
    }

    var isRunning: Bool { engine != nil }

    /// Whether nothing is left to do, as far as the client knows.
    var isSettled: Bool {
        guard let engine else { return false }
        return engine.value.isLive && storing == nil && disk.outbox.isEmpty && !isAnswerWaiting
            && engine.value.gaps.isEmpty && engine.value.outboxItems.isEmpty
    }

    /// Whether an answer waits for a question that is open. One that was given while its question went (with a journal
    /// that was restored from an older copy) is left to do nothing, and goes with the next attach.
    private var isAnswerWaiting: Bool {
        guard !disk.answers.isEmpty else { return false }
        guard let session = disk.session, let state = disk.mirror.shown[session]?.state else { return true }
        return state.requests.contains { disk.answers[$0.question.key] != nil }
    }

    // MARK: The program

    func start() throws(Violation) {
        if disk.session == nil { disk.session = leader?.disk.session }
        guard engine == nil, leader == nil || disk.session != nil else { return }
        // What reached the mirror just before the end is not in the outbox any more.
        if let session = disk.session, let copy = disk.mirror.shown[session] {
            let echoed = Set(copy.entries.compactMap(\.clientMessageID))
            disk.outbox.removeAll { echoed.contains($0.id) }
        }
        let holding = disk.session.flatMap { disk.holding(of: $0) }
        let engine = SyncEngine(
            .init(
                clientID: ClientID("client-\(number)"), client: Implementation(name: "belay", version: "0"),
                directory: "/folder", clientSessionKey: key, seed: world.chance.next(), window: world.window),
            session: disk.session, holding: holding, outbox: disk.outbox, answers: disk.answers, at: world.now)
        self.engine = Engine(engine)
        if let session = disk.session { try showAnew(session) }
        try run(.tick)
    }

    /// The program dies, and stays away while the others go on.
    func leave() {
        restoresSeen = world.disk.restores
        crash()
    }

    /// The program dies, here and now.
    func crash() {
        engine = nil
        storing = nil
        timer = nil
        for line in openLines { world.network.end(line, isNoticed: (false, true)) }
        lines = [:]
    }

    func run(_ event: SyncEvent) throws(Violation) {
        guard let engine else { return }
        let effects = engine.value.handle(event, at: world.now)
        for effect in effects where self.engine === engine { try perform(effect) }
        try checkClaim()
        setTimer()
    }

    /// Sets the timer to what is due next, unless it goes off before; then it looks again.
    private func setTimer() {
        guard let engine, let deadline = engine.value.nextDeadline else { return }
        if let timer, timer <= deadline { return }
        timer = deadline
        world.schedule.add(at: deadline) { [self] () throws(Violation) in
            guard self.engine === engine, timer == deadline else { return }
            timer = nil
            guard let due = engine.value.nextDeadline, due <= world.now else { return setTimer() }
            try run(.tick)
        }
    }

    /// The position that a resume would claim is what the mirror has confirmed, and within one incarnation never less
    /// than before.
    private func checkClaim() throws(Violation) {
        guard let engine, storing == nil, let session = engine.value.session, session == disk.session,
            let position = engine.value.position, let held = disk.mirror.shown[session]
        else { return }
        try require(
            position.epoch == held.epoch && position.seq == held.cursor,
            "client \(number) claims \(position.seq) and holds \(held.cursor)")
    }

    private func perform(_ effect: SyncEffect) throws(Violation) {
        switch effect {
        case .dial(let generation, let hello): dial(generation, hello)
        case .send(let generation, let message):
            if world.variant == .forgetOutbox, case .request(_, Method.prompt, let params) = message {
                disk.outbox.removeAll { $0.id.rawValue == params.belay?["clientMessageId"]?.string }
            }
            guard let line = lines[generation] else { return }
            world.network.send(.text(disguise(message).encoded), over: line, .toServer)
        case .abandon(let generation, _):
            if let line = lines.removeValue(forKey: generation) { world.network.leave(line, by: true) }
        case .store(let changes): store(changes)
        case .markSent(let ids):
            for index in disk.outbox.indices where ids.contains(disk.outbox[index].id) {
                disk.outbox[index].wasSent = true
            }
        case .dropAnswers(let keys): for key in keys { disk.answers[key] = nil }
        case .outbox, .status, .settled, .sessions, .call, .cancelCall, .serverIsOld, .serverIsNew, .replaceServer:
            break
        case .expired: takeBackWhatWasRefused()
        case .stopped(.notAllowed):
            try require(
                !world.refusedTokens.isDisjoint(with: tokens),
                "client \(number) stopped, and the server refused nothing")
            // The user gets another token, some time.
            world.schedule.add(at: world.now + .seconds(3)) { [self] () throws(Violation) in
                token = Int(world.number()) + 1_000
                try run(.hurry)
            }
        case .stopped(.superseded):
            throw Violation("client \(number) was taken over by itself")
        case .stopped(let cause): throw Violation("client \(number) stopped: \(cause.message)")
        }
    }

    /// A prompt that went out before its session expired is not sent to the next one by itself; its user gives it up.
    private func takeBackWhatWasRefused() {
        disk.answers = [:]
        let refused = engine?.value.outboxItems.filter { if case .refused = $0.state { true } else { false } } ?? []
        let program = engine
        world.schedule.add(at: world.now) { [self] () throws(Violation) in
            guard engine === program else { return }
            for item in refused {
                world.takenBack.insert(item.id)
                disk.outbox.removeAll { $0.id == item.id }
                try run(.takenBack(item.id))
            }
        }
    }

    private var resends = 0

    private func disguise(_ message: Message) -> Message {
        guard world.variant == .freshKey, case .request(let id, Method.prompt, let params) = message,
            let item = disk.outbox.first(where: { $0.id.rawValue == params.belay?["clientMessageId"]?.string }),
            item.wasSent
        else { return message }
        resends += 1
        guard resends > 1 else { return message }
        let prompt = ClientRequest.Prompt(
            session: SessionID(params["sessionId"]?.string ?? ""), content: item.content,
            clientMessageID: ClientMessageID("\(item.id)-again-\(resends)"))
        return .request(id, method: Method.prompt, params: prompt.json)
    }

    // MARK: The network

    private func dial(_ generation: Int, _ hello: InitializeRequest) {
        var hello = hello
        if var request = hello.layer?.resume.first, let holding = disk.holding(of: request.session) {
            let claim =
                world.variant == .claimUnverified ? (holding.position, holding.timestamp) : holding.claim
            (request.position, request.timestamp) = (claim?.position, claim?.timestamp)
            if world.variant == .claimReceived, let received = lastReceived, received.epoch == holding.position.epoch {
                (request.position, request.timestamp) = (received, nil)
            }
            hello.layer?.resume = [request]
            if request.position != nil { resumes += 1 }
        }
        if world.isPortal {
            let failure: DialFailure =
                world.variant == .portalIsServer
                ? .refused(Refusal(.origin, "a page")) : .foreign("a captive portal")
            return fail(generation, failure)
        }
        let server = world.route()
        if world.isUnreachable || server.process == nil {
            return fail(generation, .unreachable("connection refused"))
        }
        let isStripped = world.chance.oneIn(6)
        let bytes = hello.json.encoded
        lastHello = bytes
        if world.chance.oneIn(20) {
            // The request reaches the server twice; nobody reads what the copy is answered.
            let ghost = world.network.open(self, Line.ghost, to: server)
            world.network.send(.upgrade(bytes, token: token, isStripped: isStripped), over: ghost, .toServer)
            world.schedule.add(at: world.now + .seconds(2)) { [world] () throws(Violation) in
                world.network.end(ghost, isNoticed: (false, true))
            }
        }
        let line = world.network.open(self, generation, to: server)
        lines[generation] = line
        world.network.send(.upgrade(bytes, token: token, isStripped: isStripped), over: line, .toServer)
    }

    private func fail(_ generation: Int, _ failure: DialFailure) {
        let program = engine
        let delay = world.chance.duration(.milliseconds(1)...(.milliseconds(200)))
        world.schedule.add(at: world.now + delay) { [self] () throws(Violation) in
            guard engine === program else { return }
            try run(.failed(generation: generation, failure))
        }
    }

    /// Somebody else has found out which session the client is in, and asks for it.
    func intrude() {
        guard let hello = lastHello, disk.session != nil else { return }
        let line = world.network.open(self, Line.stranger, to: world.route(), as: Principal("mallory"))
        world.network.send(.upgrade(hello, token: -1, isStripped: false), over: line, .toServer)
        let ping = Message.request(.number(1), method: Method.ping, params: ["t": 1])
        world.network.send(.text(ping.encoded), over: line, .toServer)
        world.schedule.add(at: world.now + .seconds(4)) { [world] () throws(Violation) in
            world.network.end(line, isNoticed: (false, true))
        }
    }

    private var lastHello: ByteBuffer?

    /// What was received last, whatever became of it.
    private var lastReceived: Position?

    func received(_ payloads: [Line.Payload], over line: Line) throws(Violation) {
        if line.generation == Line.stranger { return try world.checkStranger(payloads) }
        guard lines[line.generation] === line else { return }
        var messages: [Message] = []
        for payload in payloads {
            switch payload {
            case .accepted(let greeted):
                connections += 1
                try run(.opened(generation: line.generation, greeted: greeted))
            case .refused(let refusal):
                lines[line.generation] = nil
                try run(.failed(generation: line.generation, .refused(refusal)))
                world.network.end(line, isNoticed: (false, false))
            case .text(let bytes):
                let message: Message
                do { message = try Message(json: JSON(parsing: bytes)) } catch {
                    throw Violation("the client cannot read: \(error)")
                }
                note(message)
                if world.checksOrder { try world.checkOrder(message, over: line) }
                messages.append(message)
            case .close(let closure):
                try deliver(messages, line)
                messages = []
                lines[line.generation] = nil
                try run(.closed(generation: line.generation, closure))
                world.network.end(line, isNoticed: (false, true))
            case .upgrade, .deflated: break
            }
        }
        try deliver(messages, line)
    }

    private func deliver(_ messages: [Message], _ line: Line) throws(Violation) {
        if !messages.isEmpty { try run(.received(generation: line.generation, messages)) }
    }

    private func note(_ message: Message) {
        guard world.variant == .claimReceived, case .notification(let method, let params) = message,
            let notice = try? EntryNotice(method: method, params: params),
            let epoch = disk.mirror.shown[notice.session]?.epoch
        else { return }
        lastReceived = Position(epoch: epoch, seq: notice.entry.seq)
    }

    func closed(_ line: Line, _ closure: Closure) throws(Violation) {
        if world.variant == .staleGeneration, let current = lines.keys.max(), current != line.generation {
            // Whatever ends is taken for the present connection, which nobody closes.
            lines[current] = nil
            return try run(.closed(generation: current, Closure(code: .superseded, reason: "late")))
        }
        guard lines[line.generation] === line else { return }
        lines[line.generation] = nil
        let failure = DialFailure.unreachable("the connection ended before the server answered")
        if engine?.value.isDialing(line.generation) == true {
            try run(.failed(generation: line.generation, failure))
        } else {
            try run(.closed(generation: line.generation, closure))
        }
    }

    var openLines: [Line] { lines.values.sorted { $0.id < $1.id } }

    // MARK: The user

    /// The user sends a prompt; it is on disk, and from then on it is the program's to keep.
    func send(_ id: ClientMessageID) throws(Violation) {
        let item = OutboxItem(id: id, content: [.text("\(id)?")], createdAt: 0)
        disk.outbox.append(item)
        try run(.queued(item))
    }

    func answer(_ key: RequestKey, _ option: String) throws(Violation) {
        let answer: JSON = ["outcome": ["outcome": "selected", "optionId": .string(option)]]
        disk.answers[key] = answer
        try run(.answered(key, answer))
    }

    func cancel() throws(Violation) {
        guard let turn = engine?.value.runningTurn else { return }
        world.cancelsWanted.insert(turn)
        try run(.cancelTurn)
    }
}
