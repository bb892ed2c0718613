import Ledger
import Sync
import Wire

/// One run: clients, a network and a server in virtual time, decided by a seed alone.
final class World {
    var chance: Chance
    var schedule = Schedule()
    let variant: Variant?
    /// Whether the agent goes on with a turn that the server's death interrupted.
    let agent: String
    /// How many bytes clients want before they are current.
    let window: Int64?
    /// After what absence sessions expire; never when `nil`. Then no older copy of a journal is restored, for that
    /// would bring back sessions whose clients are in others by now.
    let expire: Duration?
    private(set) var clients: [Client] = []
    private var theNetwork: Network?
    private var theServer: Server?
    /// Nobody can be reached from where the clients are.
    var isUnreachable = false
    /// A captive portal answers in the server's place.
    var isPortal = false
    /// Prompts that had gone out when their session expired, and that their users gave up.
    var takenBack: Set<ClientMessageID> = []
    /// The effects of agents that are over for good: the journal says so, and the agent knows.
    var effects: Set<String> = []
    /// The prompts that users have sent, by their clients.
    private(set) var sent: [ClientMessageID] = []
    private(set) var stepsDone = 0
    private var lastNumber: UInt64 = 0

    /// How long everybody may take to be caught up once nothing goes wrong any more.
    static let timeout = Duration.seconds(240)

    init(seed: UInt64, variant: Variant?) {
        chance = Chance(seed: seed)
        self.variant = variant
        agent = chance.oneIn(3) ? "interrupts" : "resumes"
        window = chance.oneIn(3) ? nil : 2_500
        let absence = Duration.seconds(chance.number(90...120))
        let expires = chance.oneIn(3)
        expire = variant?.expires ?? expires ? absence : nil
        theNetwork = Network(self)
        theServer = Server(self)
        let count = chance.number(1...3)
        clients = (0..<max(variant?.clientsMinimum ?? 1, count)).map { Client(self, number: $0) }
    }

    var now: Instant { schedule.now }
    var network: Network {
        guard let theNetwork else { preconditionFailure("a world has a network") }
        return theNetwork
    }
    var server: Server {
        guard let theServer else { preconditionFailure("a world has a server") }
        return theServer
    }

    func number() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    /// Whether agents say everything in small pieces.
    var streams: Bool { variant == .appendRepeated }

    var connections: Int { clients.reduce(0) { $0 + $1.connections } }

    /// Lets so many things go wrong, then none any more, and sees whether everybody comes to the same end.
    func run(steps: Int) throws(Violation) {
        defer { schedule = Schedule() }
        try server.boot()
        try clients[0].start()
        try pass(time: .milliseconds(200))
        for _ in 0..<steps {
            try storm()
            stepsDone += 1
            try pass(time: chance.duration(.milliseconds(1)...(chance.oneIn(8) ? .seconds(6) : .milliseconds(150))))
        }
        try calm()
    }

    /// Whether things still go wrong.
    private(set) var isStormy = true

    func pass(time duration: Duration) throws(Violation) {
        let end = now + duration
        var isOver = false
        schedule.add(at: end) { isOver = true }
        while !isOver, let item = schedule.next() { try item.action() }
    }

    /// Everything heals. What is left to do is done in bounded time.
    private func calm() throws(Violation) {
        isStormy = false
        (isUnreachable, isPortal) = (false, false)
        (network.latency, network.jitter, network.bytesPerSecond) = (.milliseconds(5), .milliseconds(1), nil)
        for line in network.lines { network.heal(line) }
        (server.isFull, server.failsReads, server.failsCommits) = (false, false, false)
        server.crashPoint = nil
        try server.boot()
        for client in clients {
            client.isDiskFull = false
            if client.number > 0, client.disk.session == nil { client.disk.session = clients[0].disk.session }
            try client.start()
            try client.run(.networkChanged(.changed))
        }
        let deadline = now + World.timeout
        repeat {
            try pass(time: .milliseconds(100))
            for client in clients {
                if client.number > 0, client.disk.session == nil, let session = clients[0].disk.session {
                    client.disk.session = session
                    try client.start()
                }
            }
            try answerWhatIsOpen()
            if now > deadline { throw Violation(unsettled) }
        } while !isSettled
        try checkEnd()
        guard let expire else { return }
        // Those who are there stay, and everything else goes when its time is over.
        try pass(time: expire + server.limits.archive + .seconds(200))
        try checkRetention()
    }

    private var isSettled: Bool {
        guard let process = server.process, clients.allSatisfy({ $0.isSettled }) else { return false }
        // Connections are those of the clients and no others: what was half open is gone on both sides.
        let lines = clients.flatMap(\.openLines).map(\.id)
        guard process.peers.count == clients.count, lines.allSatisfy({ process.peers[$0]?.isOpen == true }) else {
            return false
        }
        guard Set(clients.map(\.disk.session)).count == 1 else { return false }
        return process.agents.isEmpty && process.ledgers.values.allSatisfy { !$0.isWorking }
            && clients.allSatisfy { client in
                guard let session = client.disk.session, let held = client.disk.holding(of: session) else {
                    return false
                }
                return held.position == process.ledgers[session]?.position
            }
    }

    private var unsettled: String {
        let states = clients.map { client in
            "client \(client.number): live \(client.engine?.value.isLive ?? false), outbox"
                + " \(client.disk.outbox.count), gaps \(client.engine?.value.gaps.count ?? 0), at"
                + " \(client.engine?.value.position?.seq ?? -1)"
        }
        let ledgers = server.process?.ledgers.values.map { "head \($0.record.headSeq), working \($0.isWorking)" } ?? []
        return "not caught up \(World.timeout) after everything healed: \(states + ledgers), agents "
            + "\(server.process?.agents.count ?? -1)"
    }

    /// Somebody answers, or no turn would end.
    private func answerWhatIsOpen() throws(Violation) {
        guard let client = clients.first(where: { $0.engine?.value.isLive ?? false }),
            let session = client.disk.session,
            server.process?.ledgers[session]?.state.requests.isEmpty == false,
            let state = client.disk.mirror.shown[session]?.state
        else { return }
        for open in state.requests where client.disk.answers[open.question.key] == nil {
            try client.answer(open.question.key, "yes")
        }
    }

    func send(by client: Client) throws(Violation) {
        guard client.isRunning else { return }
        let id = ClientMessageID("p\(sent.count)")
        sent.append(id)
        try client.send(id)
    }
}
