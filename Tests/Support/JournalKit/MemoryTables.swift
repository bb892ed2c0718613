import Ledger
import NIOCore
import Wire

/// What a store in memory holds, as a value. It is written from the documentation of the port, in the simplest way, and
/// refuses what that does not allow.
struct MemoryTables: Sendable {
    struct Stored: Sendable {
        var record: SessionRecord
        var entries: [EncodedEntry] = []
        var prompts: [PromptRecord] = []
        var checkpoint: (seq: Seq, state: ByteBuffer)?

        var isUnfinished: Bool { prompts.contains { $0.end == nil } }
    }

    var leases: LeaseTable
    var tokens: [TokenRecord] = []
    var revocations: Int64 = 0
    var served = Instant.zero
    var lastGeneration: Int64 = 0
    /// In the order in which they were created.
    private(set) var sessions: [Stored] = []

    init(_ sharing: LeaseTable.Sharing) { leases = LeaseTable(sharing) }

    subscript(_ id: SessionID) -> Stored? { sessions.first { $0.record.id == id } }

    func sessions(of principal: Principal) -> [SessionRecord] {
        sessions.map(\.record).filter { $0.principal == principal }
    }

    mutating func change(_ id: SessionID, _ body: (inout Stored) -> Void) {
        for index in sessions.indices where sessions[index].record.id == id { body(&sessions[index]) }
    }

    mutating func write(_ leased: LeasedCommit) -> CommitOutcome {
        let commit = leased.commit
        guard leases.isNewest(leased.lease), let head = self[commit.session]?.record.headSeq else { return .fenced }
        guard commit.isDense else { return .refused(.failed("entry \(commit.expectedHead + 1) is next")) }
        guard head >= commit.expectedHead else {
            return .refused(.damaged(commit.session, "entry \(head + 1) is missing"))
        }
        guard head == commit.expectedHead else { return .fenced }
        change(commit.session) { $0.apply(commit) }
        return .stored
    }

    mutating func create(_ session: SessionRecord, within room: SessionRoom?) -> Creation {
        let own = sessions(of: session.principal)
        let known = sessions.map(\.record).first { $0.id == session.id }
        let key = session.clientSessionKey
        if let found = known ?? own.first(where: { key != nil && $0.clientSessionKey == key }) { return .found(found) }
        if let room, own.count(where: { $0.expiry == nil && $0.seenAt >= room.seenSince }) >= room.maximum {
            return .tooMany(maximum: room.maximum)
        }
        served = max(served, session.seenAt)
        sessions.append(Stored(record: session))
        return .created(session)
    }

    mutating func fork(_ session: SessionRecord, _ plan: ForkPlan, within room: SessionRoom?) -> Creation? {
        guard let source = self[plan.source], source.record.principal == session.principal else { return nil }
        let creation = create(session, within: room)
        guard case .created(var record) = creation else { return creation }
        let copied = source.entries.filter { $0.seq <= plan.through }.map { entry in
            plan.omitted.contains { $0.contains(entry.seq) } ? ForkPlan.blank(for: entry) : entry
        }
        let entries = copied + [plan.entry(at: record.createdAt)]
        record.headSeq = plan.through + 1
        record.bytes = entries.reduce(0) { $0 + Int64($1.payload.readableBytes) }
        change(record.id) { ($0.record, $0.entries) = (record, entries) }
        return .created(record)
    }

    mutating func delete(_ deleted: [SessionID]) {
        sessions.removeAll { deleted.contains($0.record.id) }
        for session in deleted { leases.revoke(session) }
    }
}

extension MemoryTables.Stored {
    /// The session as its ledger goes on with it.
    func session() throws(StoreError) -> StoredSession {
        var state = SessionState()
        do {
            if let checkpoint { state = try SessionState(checkpoint: checkpoint.state) }
            for entry in entries.drop(while: { $0.seq <= state.seq }) { state.apply(try entry.decoded()) }
        } catch {
            throw .corrupt("memory")
        }
        return StoredSession(
            record: record, state: state, tail: entries.suffix(1_000),
            prompts: prompts.filter { $0.end == nil }.sorted { $0.seq < $1.seq },
            hasEndedPrompts: prompts.contains { $0.end != nil }, checkpoint: checkpoint?.seq ?? 0)
    }

    fileprivate mutating func apply(_ commit: Commit) {
        entries += commit.entries
        for prompt in commit.prompts {
            if let index = prompts.firstIndex(where: { $0.id == prompt.id }) {
                prompts[index].end = prompt.end
            } else {
                prompts.append(prompt)
            }
        }
        guard let last = commit.entries.last else { return }
        (record.headSeq, record.updatedAt) = (last.seq, last.timestamp)
        if let state = commit.checkpoint { checkpoint = (last.seq, state) }
        record.title = commit.title ?? record.title
        record.bytes += commit.bytes
    }
}
