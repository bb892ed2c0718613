import Ledger
import NIOCore
import Sync
import Wire

/// The server as the simulator runs it: real ledgers on a virtual disk and a virtual network. What the shell of the
/// product does around them is done here in its smallest form.
final class Server {
    /// A connection as the server knows it.
    final class Peer {
        let line: Line
        let token: Int
        var layer: InitializeRequest.Layer?
        var isInitialized = false
        var hasSpoken = false
        var sessions: Set<SessionID> = []
        var outgoing: [(bytes: ByteBuffer, entry: (SessionID, Seq)?)] = []
        var bytesQueued = 0
        var lagging: Set<SessionID> = []
        var whenDrained: [() throws(Violation) -> Void] = []
        var asked: [RequestKey: RequestID] = [:]
        var questions: [RequestID: (SessionID, RequestKey)] = [:]
        var replayed: Int64 = 0
        var isOpen = false
        var heardAt: Instant
        /// What it said and what is not dealt with yet: a request that waits for the disk holds up those behind it.
        var inbox: [Message] = []
        var isBusy = false

        init(line: Line, token: Int, heardAt: Instant) {
            (self.line, self.token, self.heardAt) = (line, token, heardAt)
        }
    }

    /// What dies with the process.
    struct Process {
        let number: Int
        var ledgers: [SessionID: SessionLedger] = [:]
        /// The leases of these.
        var leases: [SessionID: Lease] = [:]
        var peers: [UInt64: Peer] = [:]
        var agents: [TurnID: AgentRun] = [:]
        /// Runs that wait for an answer.
        var waiting: [CorrelationID: AgentRun] = [:]
        /// Runs of whose words the ledger has not said yet that they are durable.
        var emitted: [CorrelationID: AgentRun] = [:]
        /// What a timer is set for in each session.
        var deadlines: [SessionID: Instant] = [:]
        /// Sessions in which something is prepared that waits for the disk.
        var pins: [SessionID: Int] = [:]
        /// Signs of life that are not on the disk yet.
        var seen: [SessionID: Instant] = [:]
        var servedWritten: Instant
    }

    /// Where the next crash is to be.
    enum CrashPoint: CaseIterable { case beforeCommit, afterCommit }

    /// Bytes that may wait for one client.
    static let outgoingMaximum = 16 << 10

    unowned let world: World
    let disk = JournalDisk()
    var process: Process?
    var crashPoint: CrashPoint?
    var isFull = false
    /// Whether reads fail now and then.
    var failsReads = false
    /// Whether commits are reported as failed, written or not.
    var failsCommits = false
    /// Tokens that are not good any more.
    var refusedTokens: Set<Int> = []
    /// Turns that somebody wanted stopped.
    var cancelsWanted: Set<TurnID> = []
    var boots = 0
    /// The wall clock is ahead of virtual time by this.
    var wallOffset = Duration.zero
    /// When the process began, and how long the sessions had been served by then.
    private var bootedAt = Instant.zero
    private var servedBefore = Instant.zero
    /// How long servers have really run, and where that stood at the last sign of life in each session.
    private var uptimeBefore = Duration.zero
    var signs: [SessionID: Duration] = [:]
    /// The same as it was written down: a server that is killed forgets the signs of its last five seconds.
    var signsWritten: [SessionID: Duration] = [:]

    init(_ world: World) { self.world = world }

    var limits: Limits {
        Limits(
            expire: world.expire, archive: .seconds(3_600), turnsQueued: 64, tailEntries: 32, pageEntries: 20,
            commitEntries: 40, screenBytes: 1_500, promptsKept: 3, checkpointEntries: 20,
            cancelGrace: .milliseconds(400))
    }

    var moment: Moment {
        Moment(
            instant: servedBefore + (world.now - bootedAt),
            timestamp: 1_700_000_000_000 + (world.now.nanoseconds + wallOffset.nanoseconds) / 1_000_000)
    }

    var uptime: Duration { uptimeBefore + (process == nil ? .zero : world.now - bootedAt) }

    /// Whether this read succeeds.
    var canRead: Bool { !failsReads || !world.chance.oneIn(3) }

    func boot() throws(Violation) {
        guard process == nil else { return }
        boots += 1
        // By the time served, or by the wall: a server that was down would count that as everybody's absence.
        servedBefore = world.variant == .countDowntime ? world.now : disk.served
        bootedAt = world.now
        process = Process(number: boots, servedWritten: servedBefore)
        keepSigns()
        lookForAbandoned()
        if world.variant == .forgetKeys { disk.forgetKeys() }
        for (id, stored) in disk.sessions.sorted(by: { $0.key < $1.key }) {
            if world.variant == .reuseSeq { disk.dropLast(of: id) }
            if stored.prompts.contains(where: { $0.end == nil }) { try goOn(with: id) }
        }
    }

    func crash() {
        guard let process else { return }
        uptimeBefore = uptime
        signs = signsWritten
        self.process = nil
        for peer in process.peers.values.sorted(by: { $0.line.id < $1.line.id }) {
            // What has left may still arrive; whether the end does is the network's affair.
            if world.chance.oneIn(4) {
                world.network.end(peer.line, isNoticed: (false, false))
            } else {
                world.network.end(peer.line, isNoticed: (true, false))
            }
        }
    }

    func handle(_ event: LedgerEvent, in session: SessionID) throws(Violation) {
        let seenAt = process?.ledgers[session]?.record.seenAt
        guard let effects = process?.ledgers[session]?.handle(event, at: moment) else { return }
        // The end of a turn is a sign of life.
        if let now = process?.ledgers[session]?.record.seenAt, now != seenAt { note(now, in: session) }
        try perform(effects, in: session)
        setTimer(for: session)
    }

    /// Sets the timer of a session to what is due in it next, unless it goes off before.
    private func setTimer(for session: SessionID) {
        guard let deadline = process?.ledgers[session]?.nextDeadline else { return }
        if let set = process?.deadlines[session], set <= deadline { return }
        process?.deadlines[session] = deadline
        later(max(.zero, deadline - moment.instant)) { [self] () throws(Violation) in
            guard process?.deadlines[session] == deadline else { return }
            process?.deadlines[session] = nil
            try handle(.tick(deadline), in: session)
        }
    }

    /// Does something later, unless this process has died by then.
    func later(_ delay: Duration, _ action: @escaping () throws(Violation) -> Void) {
        let number = process?.number
        world.schedule.add(at: world.now + delay) { [self] () throws(Violation) in
            guard process?.number == number else { return }
            try action()
        }
    }
}
