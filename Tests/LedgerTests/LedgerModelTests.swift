import TestKit
import Testing
import Wire

@testable import Ledger

/// Random events against what must always hold: numbers are dense, every subscriber gets a contiguous run, every
/// request is answered once, and no waiting request is forgotten.
@Suite struct LedgerModelTests {
    @Test func invariantsHoldWhateverHappens() {
        let seed = TestSeed.current
        for run in 0..<1_000 {
            var world = World(seed.generator(lane: UInt64(run)))
            do {
                try world.run()
            } catch {
                Issue.record("\(seed), run \(run): \(error)")
                return
            }
        }
    }
}

private struct Broken: Error { var what: String }

private struct World {
    private var random: SplitMix64
    private let session: Session
    /// What each connection has been told, and through where.
    private var cursors: [ConnectionID: Seq] = [:]
    private var reads: [(connection: ConnectionID, after: Seq, through: Seq, limit: Int)] = []
    private var lagging: Set<ConnectionID> = []
    private var open: [RequestID: ConnectionID] = [:]
    private var keys: [ClientMessageID] = []
    private var agents: Set<TurnID> = []
    private var everStarted: Set<TurnID> = []
    private var correlations: Set<CorrelationID> = []
    private var numbers: Int64 = 0
    private var wantsRetry = false
    private var isCalm = false

    init(_ random: SplitMix64) {
        self.random = random
        session = Session(
            limits: Limits(turnsQueued: 3, tailEntries: 3, pageEntries: 2, commitEntries: 4))
    }

    mutating func run() throws {
        for _ in 0..<120 { try step() }
        isCalm = true
        for connection in lagging { try drain(connection) }
        var timeout = 4_000
        while !isSettled, timeout > 0 {
            timeout -= 1
            try step()
        }
        try check(isSettled, "forgotten: \(open) \(correlations) \(agents), working: \(session.ledger.isWorking)")
        for (connection, cursor) in cursors {
            try check(cursor == Seq(session.journal.count), "\(connection) stands at \(cursor)")
        }
    }

    private var isSettled: Bool {
        open.isEmpty && correlations.isEmpty && agents.isEmpty && reads.isEmpty && !session.ledger.isWorking
    }

    private func check(_ condition: Bool, _ what: String) throws { if !condition { throw Broken(what: what) } }

    private mutating func next() -> Int64 {
        numbers += 1
        return numbers
    }

    private mutating func step() throws {
        switch Int.random(in: 0..<18, using: &random) {
        case 0, 1: try ask()
        case 2, 3: try speak()
        case 4: try finish()
        case 5, 6, 7: try answerCommit()
        case 8, 9: try answerRead()
        case 10: if !isCalm { try attach() }
        case 11: if !isCalm { try cancel() }
        case 12: if !isCalm { try fallBehind() }
        case 13: if let connection = lagging.first { try drain(connection) }
        case 14: if !isCalm, let connection = cursors.keys.min(by: order), random.oneIn(3) { try leave(connection) }
        case 15: if !isCalm { try perform(session.handle(.flushRequested)) }
        case 16: try perform(session.tick())
        default: if wantsRetry { try retry() }
        }
    }

    private func order(_ left: ConnectionID, _ right: ConnectionID) -> Bool { left.rawValue < right.rawValue }

    private mutating func ask() throws {
        guard !isCalm, let connection = cursors.keys.sorted(by: order).randomElement(using: &random) else { return }
        let isNew = keys.isEmpty || random.oneIn(2)
        if isNew { keys.append(ClientMessageID("key-\(next())")) }
        let key = isNew ? keys[keys.count - 1] : keys.pick(using: &random)
        let request = RequestID.number(next())
        open[request] = connection
        let text = random.oneIn(10) ? "another" : nil
        try perform(session.handle(LedgerTests.ask(key, text, from: connection, request: request)))
    }

    private mutating func speak() throws {
        guard !isCalm, let turn = agents.min() else { return }
        let correlation = CorrelationID(rawValue: UInt64(next()))
        correlations.insert(correlation)
        let bodies = (0..<Int.random(in: 0...3, using: &random)).map { said("\($0)", random.oneIn(2) ? "m" : "n") }
        try perform(session.handle(.appended(random.oneIn(6) ? nil : turn, correlation, bodies)))
    }

    private mutating func finish() throws {
        guard let turn = agents.min() else { return }
        agents.remove(turn)
        try perform(session.handle(.finished(turn, random.oneIn(4) ? .failed("no") : .stopped(.endTurn))))
    }

    private mutating func answerCommit() throws {
        guard session.isCommitting else { return }
        try perform(!isCalm && random.oneIn(6) ? session.failCommit() : session.commit())
        let numbers = session.journal.map(\.seq)
        try check(numbers == Array(1...Seq(max(1, numbers.count))).prefix(numbers.count).map { $0 }, "\(numbers)")
        try check(session.ledger.record.headSeq == Seq(numbers.count), "head")
    }

    private mutating func retry() throws {
        wantsRetry = false
        try perform(session.retry())
    }

    private mutating func answerRead() throws {
        guard !reads.isEmpty else { return }
        let read = reads.removeFirst()
        let page = session.journal.filter { $0.seq > read.after && $0.seq <= read.through }.prefix(read.limit)
        try perform(session.handle(.loaded(read.connection, Array(page))))
    }

    private mutating func attach() throws {
        // A number is never used for a second connection; one that is there may attach again.
        let known = cursors.keys.sorted(by: order)
        let isNew = known.count < 3 && (known.isEmpty || random.oneIn(2))
        let connection = isNew ? ConnectionID(rawValue: UInt64(next())) : known.pick(using: &random)
        let seq = Seq.random(in: 0...Seq(session.journal.count), using: &random)
        let attachment: SessionLedger.Attachment
        switch Int.random(in: 0..<4, using: &random) {
        case 0: attachment = .resume(nil)
        case 1:
            let request = RequestID.number(next())
            open[request] = connection
            attachment = .load(request)
        case 2: attachment = .follow
        default: attachment = .resume(at(seq))
        }
        let (result, effects) = session.attach(connection, attachment)
        cursors[connection] = result.afterSeq
        lagging.remove(connection)
        try perform(effects)
    }

    private mutating func leave(_ connection: ConnectionID) throws {
        cursors[connection] = nil
        lagging.remove(connection)
        open = open.filter { $0.value != connection }
        try perform(session.handle(.detached(connection)))
    }

    private mutating func cancel() throws {
        let turns = keys.map { turn($0) }
        try perform(session.handle(.cancelled(random.oneIn(3) ? nil : turns.randomElement(using: &random))))
    }

    /// The newest frames of a connection are dropped.
    private mutating func fallBehind() throws {
        guard let (connection, cursor) = cursors.min(by: { order($0.key, $1.key) }) else { return }
        let through = Seq.random(in: 0...cursor, using: &random)
        cursors[connection] = through
        lagging.insert(connection)
        try perform(session.handle(.lagging(connection, through: through)))
    }

    private mutating func drain(_ connection: ConnectionID) throws {
        lagging.remove(connection)
        try perform(session.handle(.drained(connection)))
    }

    private mutating func perform(_ effects: [LedgerEffect]) throws {
        for effect in effects {
            switch effect {
            case .commit(let commit):
                try check(commit.entries.first?.seq == session.ledger.record.headSeq + 1, "a commit has a gap")
            case .retryCommit: wantsRetry = true
            case .read(let connection, let page):
                reads.append((connection, page.after, page.through, page.limit))
            case .deliver(let connection, let entries, _):
                try check(!lagging.contains(connection), "delivered to one that lags")
                for entry in entries {
                    try check(entry.seq == (cursors[connection] ?? -1) + 1, "\(connection) was given \(entry.seq)")
                    try check(session.journal.contains(entry), "entry \(entry.seq) is not durable")
                    cursors[connection] = entry.seq
                }
            case .caughtUp(let connection, let position):
                try check(cursors[connection] == position.seq, "a fence before its entries")
            case .respond(let connection, let request, let result):
                // Who left with a prompt still being stored is answered into the void.
                guard cursors[connection] != nil else { continue }
                try check(open.removeValue(forKey: request) != nil, "\(request) was answered twice")
                if case .success(.prompt(_, _, let seq, _)) = result {
                    try check(seq <= cursors[connection] ?? 0, "answered before entry \(seq)")
                }
            case .close(_, _, let reason): throw Broken(what: reason)
            case .start(let start):
                try check(agents.isEmpty, "two turns at once")
                try check(everStarted.insert(start.turn).inserted, "\(start.turn) began twice")
                agents.insert(start.turn)
            case .stop(let turn): try check(everStarted.contains(turn), "stopped \(turn), which never ran")
            case .terminate(let turn): agents.remove(turn)
            case .release(let correlation): try check(correlations.remove(correlation) != nil, "released twice")
            case .ask, .withdraw, .answer: throw Broken(what: "nobody asked anything")
            }
        }
    }
}
