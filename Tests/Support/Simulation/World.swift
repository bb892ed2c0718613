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
    private var theDisk: JournalDisk?
    /// The servers that share the disk; mostly there is one.
    private(set) var servers: [Server] = []
    /// Nobody can be reached from where the clients are.
    var isUnreachable = false
    /// A captive portal answers in the server's place.
    var isPortal = false
    /// Prompts that had gone out when their session expired, and that their users gave up.
    var takenBack: Set<ClientMessageID> = []
    /// The effects of agents that are over for good: the journal says so, and the agent knows.
    var effects: Set<String> = []
    /// Tokens that are not good any more.
    var refusedTokens: Set<Int> = []
    /// Turns that somebody wanted stopped.
    var cancelsWanted: Set<TurnID> = []
    /// The first place in the order of connections that each client had.
    var generations: [ClientID: Generation] = [:]
    /// Whether it is seen that no answer comes before the entries that it is about; costly, so not in each run.
    let checksOrder: Bool
    /// Whether wall clocks are set. Then no older copy of a journal is restored: where the time is the same again, a
    /// restored journal cannot be told from the other (`Ledger.docc/Restored.md`).
    let setsClocks: Bool
    /// Whether messages are compressed; costly, so not in each run.
    let deflates: Bool
    /// The prompts that users have sent, by their clients.
    private(set) var sent: [ClientMessageID] = []
    private(set) var stepsDone = 0
    private var lastNumber: UInt64 = 0

    /// How long everybody may take to be caught up once nothing goes wrong any more.
    static let timeout = Duration.seconds(240)

    init(seed: UInt64, variant: Variant?) {
        var chance = Chance(seed: seed)
        self.variant = variant
        agent = chance.oneIn(3) ? "interrupts" : "resumes"
        window = chance.oneIn(3) ? nil : 2_500
        let absence = Duration.seconds(chance.number(90...120))
        let (expires, sets, checks, shares, isDeflated) = (
            chance.oneIn(3), chance.oneIn(3), chance.oneIn(8), chance.oneIn(4), chance.oneIn(8)
        )
        let expire = variant?.expires ?? expires ? absence : nil
        self.expire = expire
        setsClocks = variant?.setsClocks ?? sets
        checksOrder = variant == .answerBeforeEntries || checks
        deflates = variant == .loseDeflateContext || isDeflated
        let isShared = variant?.isShared ?? (expire == nil && shares)
        let (count, hasOthers) = (chance.number(1...3), chance.oneIn(3))
        let other = chance.oneIn(2) ? World.user : Principal("dave")
        self.chance = chance
        theNetwork = Network(self)
        theDisk = JournalDisk(isShared ? .severalNodes : .oneProcess) { [unowned self] in now }
        servers = (0..<(isShared ? 2 : 1)).map { Server(self, node: NodeID(rawValue: "node \($0)")) }
        let leader = Client(self, number: 0, of: World.user, key: "key", with: nil)
        clients = [leader]
        for number in 1..<max(variant?.clientsMinimum ?? 1, count, 1) {
            clients.append(Client(self, number: number, of: World.user, key: "key", with: leader))
        }
        if hasOthers {
            // In a session of its own: of the same user, or of another.
            clients.append(Client(self, number: clients.count, of: other, key: "other", with: nil))
        }
    }

    static let user = Principal("carol")
    /// How long the transcript of an expired session can be read; longer than any client is away.
    static let archive = Duration.seconds(1_800)

    var now: Instant { schedule.now }
    var network: Network {
        guard let theNetwork else { preconditionFailure("a world has a network") }
        return theNetwork
    }
    var disk: JournalDisk {
        guard let theDisk else { preconditionFailure("a world has a disk") }
        return theDisk
    }
    /// The first server, which is there in the end.
    var server: Server { servers[0] }

    /// The server that a new connection is led to; a dead one in no case while another lives.
    func route() -> Server {
        let living = servers.filter { $0.process != nil }
        guard isStormy, living.count > 1 else { return living.first ?? server }
        return chance.pick(living)
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
        for server in servers { try server.boot() }
        for client in clients { try client.start() }
        try pass(time: .milliseconds(200))
        for _ in 0..<steps {
            // Counted before it is done, so that a run of so many steps has the one that fails.
            stepsDone += 1
            try storm()
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
        while !isOver, let action = schedule.next() { try action() }
    }

    /// Everything heals. What is left to do is done in bounded time.
    private func calm() throws(Violation) {
        isStormy = false
        (isUnreachable, isPortal) = (false, false)
        (network.latency, network.jitter, network.bytesPerSecond) = (.milliseconds(5), .milliseconds(1), nil)
        for line in network.lines { network.heal(line) }
        for server in servers {
            (server.isFull, server.failsReads, server.failsCommits, server.isCut) = (false, false, false, false)
            server.crashPoint = nil
        }
        try server.boot()
        // Everybody is led to one server; what the others have left ends there, or lapses.
        for other in servers.dropFirst() { other.retire() }
        for client in clients {
            client.isDiskFull = false
            try client.start()
            try client.run(.networkChanged(.changed))
        }
        let deadline = now + World.timeout
        repeat {
            try pass(time: .milliseconds(100))
            for client in clients { try client.start() }
            try answerWhatIsOpen()
            if now > deadline { throw Violation(unsettled) }
        } while !isSettled
        try checkEnd()
        guard let expire, variant == .retainUntilAsked || chance.oneIn(4) else { return }
        // Those who are there stay, and everything else goes when its time is over.
        for client in clients where client.leader != nil { client.crash() }
        try pass(time: expire + World.archive + .seconds(200))
        try checkRetention()
    }

    private var isSettled: Bool {
        guard let process = server.process, clients.allSatisfy({ $0.isSettled }) else { return false }
        // Connections are those of the clients and no others: what was half open is gone on both sides, and what comes
        // late, as the upgrade of a connection that its client has given up, has been prepared and ended.
        guard process.peers.count == clients.count, process.admission.attaching == 0 else { return false }
        for client in clients {
            guard let line = client.openLines.last, process.peers[line.id]?.isOpen == true,
                let session = client.disk.session, session == client.leader?.disk.session ?? session,
                let held = client.disk.position(in: session),
                held == process.registry[session]?.ledger.position
            else { return false }
        }
        return servers.allSatisfy { server in
            guard let process = server.process else { return true }
            return process.agents.isEmpty && process.registry.all.allSatisfy { !$0.ledger.isWorking }
        }
    }

    private var unsettled: String {
        let states = clients.map { client in
            "client \(client.number): live \(client.engine?.value.isLive ?? false), outbox"
                + " \(client.disk.outbox.count), gaps \(client.engine?.value.gaps.count ?? 0), at"
                + " \(client.engine?.value.position?.seq ?? -1)"
        }
        let ledgers =
            server.process?.sessions.map { "\($0.id) at \($0.ledger.record.headSeq), working \($0.ledger.isWorking)" }
            ?? []
        return "not caught up \(World.timeout) after everything healed: \(states + ledgers), agents "
            + "\(server.process?.agents.count ?? -1), connections \(server.process?.peers.count ?? -1)"
    }

    /// Somebody answers, or no turn would end.
    private func answerWhatIsOpen() throws(Violation) {
        for client in clients where client.engine?.value.isLive ?? false {
            guard let session = client.disk.session,
                server.process?.registry[session]?.ledger.state.requests.isEmpty == false,
                let state = client.disk.mirror.shown[session]?.state
            else { continue }
            for open in state.requests where client.disk.answers[open.question.key] == nil {
                try client.answer(open.question.key, "yes")
            }
        }
    }

    func send(by client: Client) throws(Violation) {
        guard client.isRunning else { return }
        let id = ClientMessageID("p\(sent.count)")
        sent.append(id)
        try client.send(id)
    }
}
