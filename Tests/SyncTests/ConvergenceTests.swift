import TestKit
import Testing
import Wire

@testable import Sync

/// An engine, a mirror and a model of a server, cut apart at every boundary that a seed can find: in the end the mirror
/// is the journal, and every prompt is in it once.
@Suite struct ConvergenceTests {
    @Test func everythingArrivesOnceWhateverIsCut() {
        let seed = TestSeed.current
        var cuts = 0
        var resumes = 0
        for run in 0..<2_000 {
            let world = World(seed.generator(lane: UInt64(run)))
            do {
                try world.run()
            } catch {
                Issue.record("\(seed), run \(run): \(error)")
                return
            }
            cuts += world.cuts
            resumes += world.resumes
        }
        // The runs are worth something only if there was something to survive.
        #expect(cuts > 3_000 && resumes > 2_000, "\(cuts) cuts, \(resumes) resumes, \(seed)")
    }
}

/// One run.
private final class World {
    private var random: TestKit.SplitMix64
    private let client = Client()
    private var mirror = MirrorModel()
    private var server = ServerModel()
    private var storing: [MirrorChange]?
    private var dialing: (generation: Int, hello: InitializeRequest)?
    private var connected: Int?
    private var toServer: [Message] = []
    private var queued: [ClientMessageID] = []
    private var lastClaim: Position?
    private var isCalm = false
    private(set) var cuts = 0
    private(set) var resumes = 0

    init(_ random: TestKit.SplitMix64) { self.random = random }

    func run() throws {
        for _ in 0..<Int.random(in: 60...240, using: &random) { try step() }
        isCalm = true
        var patience = 5_000
        while !isSettled, patience > 0 {
            patience -= 1
            try step()
        }
        try check(isSettled, "not settled: \(client.outboxItems)")
        let (held, journal) = (Entry.coalesced(mirror.shown?.entries ?? []), Entry.coalesced(server.journal))
        let difference = zip(held, journal).first { $0 != $1 }
        try check(
            held == journal, "the mirror has \(held.count) of \(journal.count): \(String(describing: difference))")
        try check(mirror.session == client.session && mirror.position == client.position, "the engine knows otherwise")
        try check(Set(server.keys) == Set(queued) && server.keys.count == queued.count, "prompts: \(server.keys)")
    }

    private var isSettled: Bool {
        isQuiet && client.isLive && server.isIdle && server.isAttached && client.outboxItems.isEmpty
    }

    private func check(_ condition: Bool, _ message: String) throws {
        if !condition { throw MirrorModel.Illegal(description: message) }
    }

    private func step() throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5: try deliver()
        case 5..<8: try serve()
        case 8..<11: try finishStore()
        case 11, 12: try answerDial()
        case 13, 14: server.work(&random)
        case 15: if !isCalm, queued.count < 6 { try queue() }
        case 16, 17: if !isCalm { try cut() }
        case 18: if !isCalm { try mishap() }
        default: try tick()
        }
    }

    /// The client reads some of what is on its way.
    private func deliver() throws {
        guard let generation = connected, !server.outgoing.isEmpty else { return }
        let count = Int.random(in: 1...server.outgoing.count, using: &random)
        let messages = Array(server.outgoing.prefix(count))
        server.outgoing.removeFirst(count)
        try perform(.received(generation: generation, messages))
    }

    private func serve() throws {
        guard connected != nil, !toServer.isEmpty else { return }
        try server.receive(toServer.removeFirst(), &random)
    }

    private func finishStore() throws {
        guard let changes = storing else { return }
        storing = nil
        if !isCalm, random.oneIn(12) { return try perform(.storeFailed("no room")) }
        try mirror.apply(changes)
        try perform(.stored)
    }

    private func answerDial() throws {
        guard let (generation, hello) = dialing else { return }
        dialing = nil
        if !isCalm, random.oneIn(6) { return try perform(.failed(generation: generation, .unreachable("nobody"))) }
        server.disconnect()
        toServer = []
        connected = generation
        let isGreeted = random.oneIn(2)
        if isGreeted { server.initialize(.number(0), hello, &random) }
        if hello.layer?.resume.isEmpty == false { resumes += 1 }
        try perform(.opened(generation: generation, greeted: isGreeted))
    }

    private func queue() throws {
        let id = ClientMessageID("prompt-\(queued.count)")
        queued.append(id)
        try perform(.queued(item(id)))
    }

    /// The connection ends; sometimes nobody tells the client, which then has to notice the silence.
    private func cut() throws {
        guard let generation = connected else { return }
        cuts += 1
        server.disconnect()
        toServer = []
        if random.oneIn(4) { return }
        connected = nil
        try perform(.closed(generation: generation, Closure(code: nil, reason: "cut")))
    }

    private func mishap() throws {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: try perform(.hurry)
        case 1: try perform(.cancelTurn)
        case 2:
            // A connection of the past is heard of again.
            guard let generation = connected, generation > 1 else { return }
            try perform(.closed(generation: generation - 1, Closure(code: .superseded, reason: "late")))
        default:
            guard random.oneIn(3) else { return }
            try cut()
            server.restore()
        }
    }

    private func tick() throws {
        guard let deadline = client.nextDeadline else { return }
        // Time is only let pass when nothing else could happen, or now and then.
        guard connected == nil || isQuiet || random.oneIn(10) else { return }
        client.now = max(client.now, deadline)
        try perform(.tick)
    }

    private var isQuiet: Bool { server.outgoing.isEmpty && toServer.isEmpty && storing == nil }

    private func perform(_ event: SyncEvent) throws {
        for effect in client.handle(event) {
            switch effect {
            case .dial(let generation, let hello):
                try check(connected == nil && dialing == nil, "two connections")
                try checkClaim(hello)
                dialing = (generation, hello)
            case .send(let generation, let message):
                try check(connected == generation, "sent on \(generation)")
                toServer.append(message)
            case .abandon(let generation, _):
                try check(connected == generation || dialing?.generation == generation, "abandoned \(generation)")
                (connected, dialing, toServer) = (nil, nil, [])
                server.disconnect()
            case .store(let changes):
                try check(storing == nil, "two stores")
                storing = changes
            case .markSent, .outbox, .status: break
            case .expired, .stopped: throw MirrorModel.Illegal(description: "\(effect)")
            }
        }
    }

    /// A resume claims exactly what the mirror holds, and never less than the last one did.
    private func checkClaim(_ hello: InitializeRequest) throws {
        guard let claim = hello.layer?.resume.first?.position else { return }
        try check(mirror.shown == nil ? claim.seq == 0 : claim == mirror.position, "claims \(claim)")
        if let last = lastClaim, last.epoch == claim.epoch { try check(claim.seq >= last.seq, "went back") }
        lastClaim = claim
    }
}
