import Ledger
import NIOCore
import Sync
import Wire

/// A server as the simulator runs it: the product's ledgers, registry of sessions, admission and order of connections on
/// a virtual disk and a virtual network. What passes between them is done here in its smallest form.
final class Server {
    typealias Step = () throws(Violation) -> Void

    /// Where the next crash is to be.
    enum CrashPoint: CaseIterable { case beforeCommit, afterCommit }

    /// Bytes that may wait for one client.
    static let outgoingMaximum = 16 << 10
    /// How many sessions of one user are kept in memory while they can be evicted.
    static let sessionsMaximum = 3
    /// When a lease lapses that is not renewed, where several servers share the disk.
    static let leaseTTL = Duration.seconds(10)

    unowned let world: World
    let node: NodeID
    var process: Process?
    var crashPoint: CrashPoint?
    var isFull = false
    /// Whether reads fail now and then.
    var failsReads = false
    /// Whether commits are reported as failed, written or not.
    var failsCommits = false
    /// Whether the server does not reach the store that it shares with others.
    var isCut = false
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

    init(_ world: World, node: NodeID) { (self.world, self.node) = (world, node) }

    var disk: JournalDisk { world.disk }

    private(set) lazy var limits = Limits(
        expire: world.expire, archive: World.archive, turnsQueued: 64, tailEntries: 32, pageEntries: 20,
        commitEntries: 40, screenBytes: 1_500, promptsKept: 3, checkpointEntries: 20, cancelGrace: .milliseconds(400))

    var moment: Moment {
        let served = servedBefore + (world.now - bootedAt)
        return Moment(
            instant: world.variant == .countByWall ? served + wallOffset : served,
            timestamp: 1_700_000_000_000 + (world.now.nanoseconds + wallOffset.nanoseconds) / 1_000_000)
    }

    var uptime: Duration { uptimeBefore + (process == nil ? .zero : world.now - bootedAt) }

    /// Whether this read succeeds.
    var canRead: Bool { !isCut && (!failsReads || !world.chance.oneIn(3)) }

    func boot() throws(Violation) {
        guard process == nil else { return }
        boots += 1
        // By the time served, or by the wall: a server that was down would count that as everybody's absence.
        servedBefore = world.variant == .countDowntime ? world.now : disk.served
        bootedAt = world.now
        process = Process(number: Int(world.number()), servedWritten: servedBefore)
        keepSigns()
        evictIdle()
        lookForAbandoned()
        if world.servers.count > 1 { renewLeases() }
        if world.variant == .forgetKeys { disk.forgetKeys() }
        for id in disk.sessions.keys.sorted() {
            if world.variant == .reuseSeq { disk.dropLast(of: id) }
        }
        claimUnfinished()
    }

    func crash() {
        guard let process else { return }
        uptimeBefore = uptime
        signs = signsWritten
        self.process = nil
        for peer in process.peersInOrder {
            // What has left may still arrive; whether the end does is the network's affair.
            world.network.end(peer.line, isNoticed: (!world.chance.oneIn(4), false))
        }
        // Nobody answers those that were still waiting.
        for line in process.arrivals.values.map(\.line).sorted() {
            if let line = world.network.lines.first(where: { $0.id == line }) {
                world.network.end(line, isNoticed: (true, false))
            }
        }
    }

    /// Nobody is led here any more: connections are closed, and soon the process ends. A turn that waits for its user's
    /// answer would never end here.
    func retire() {
        for peer in process?.peersInOrder ?? [] { close(peer, .goingAway, "retry_after_ms=10; the server retires") }
        later(.seconds(5)) { [self] () throws(Violation) in crash() }
    }

    func handle(_ event: LedgerEvent, in session: SessionID) throws(Violation) {
        if let session = process?.registry[session] { try handle(event, in: session) }
    }

    func handle(_ event: LedgerEvent, in session: HostedSession) throws(Violation) {
        guard !session.isGone, process != nil else { return }
        let seenAt = session.ledger.seenAt
        let effects = session.ledger.handle(event, at: moment)
        // The end of a turn is a sign of life.
        if session.ledger.seenAt != seenAt { note(session.ledger.seenAt, in: session.id) }
        try perform(effects, in: session)
        setTimer(for: session)
    }

    /// Sets the timer of a session to what is due in it next, unless it goes off before.
    private func setTimer(for session: HostedSession) {
        guard !session.isGone, let deadline = session.ledger.nextDeadline else { return }
        if let set = session.deadline, set <= deadline { return }
        session.deadline = deadline
        later(max(.zero, deadline - moment.instant)) { [self] () throws(Violation) in
            guard session.deadline == deadline else { return }
            session.deadline = nil
            try handle(.tick(deadline), in: session)
        }
    }

    /// Does something later, unless this process has died by then.
    func later(_ delay: Duration, _ action: @escaping Step) {
        let process = process
        world.schedule.add(at: world.now + delay) { [self] () throws(Violation) in
            if self.process === process { try action() }
        }
    }

    /// As ``later(_:_:)``, after as long as a request of the disk takes.
    func afterReading(_ action: @escaping Step) {
        later(world.chance.duration(.microseconds(200)...(.milliseconds(3))), action)
    }
}
