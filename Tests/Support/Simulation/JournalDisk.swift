import Ledger
import NIOCore
import Wire

/// The server's disk: what was committed, copies of what it was, and what ever was. Commits are whole or not at all, as
/// SQLite's are; a commit that was acknowledged survives everything but a restore from an older copy.
final class JournalDisk {
    struct Stored {
        var record: SessionRecord
        var entries: [EncodedEntry] = []
        /// The entries, read: what is compared all the time is read once.
        var decoded: [Entry] = []
        var prompts: [PromptRecord] = []
        var checkpoint: (seq: Seq, bytes: ByteBuffer)?

        /// The checkpoint, and the entries behind it.
        var state: SessionState {
            var state = checkpoint.flatMap { try? SessionState(checkpoint: $0.bytes) } ?? SessionState()
            for entry in decoded.dropFirst(Int(state.seq)) { state.apply(entry) }
            return state
        }
    }

    private(set) var sessions: [SessionID: Stored] = [:]
    private var copy: [SessionID: Stored] = [:]
    /// Who may write. Where one process at a time has the disk for itself, it fences the one before session by session.
    private var leases: LeaseTable
    private var lastGeneration: Int64 = 0
    /// The clock of the store, by which leases lapse.
    private let now: () -> Instant
    /// Journals that a restore has cut: clients may have seen them.
    private(set) var lostBranches: [SessionID: [[Entry]]] = [:]
    /// Prompts that were durable and that a restore has taken away, or the end of their session's archive.
    private(set) var lostPrompts: Set<ClientMessageID> = []
    private(set) var restores = 0
    /// How long the sessions have been served, as it was last written down.
    private(set) var served = Instant.zero

    init(_ sharing: LeaseTable.Sharing, now: @escaping () -> Instant) {
        leases = LeaseTable(sharing)
        self.now = now
    }

    func create(_ record: SessionRecord) -> SessionRecord {
        if let known = sessions.values.first(where: {
            $0.record.clientSessionKey == record.clientSessionKey && $0.record.principal == record.principal
        }) {
            return known.record
        }
        sessions[record.id] = Stored(record: record)
        served = max(served, record.seenAt)
        return record
    }

    /// Writes a commit, unless its lease is not the newest of the session.
    ///
    /// - Returns: Whether it was written.
    func commit(_ leased: LeasedCommit, isFenced: Bool) throws(Violation) -> Bool {
        guard !isFenced || leases.isNewest(leased.lease) else { return false }
        try write(leased.commit)
        return true
    }

    private func write(_ commit: Commit) throws(Violation) {
        guard let index = sessions.index(forKey: commit.session) else { throw Violation("a commit to no session") }
        try sessions.values[index].write(commit)
        keepCheckpoint(of: commit)
    }

    func keepCheckpoint(of commit: Commit) {
        guard let checkpoint = commit.checkpoint, let last = commit.entries.last else { return }
        sessions[commit.session]?.checkpoint = (last.seq, checkpoint)
    }

    func expire(_ session: SessionID, _ expiry: SessionRecord.Expired) {
        if sessions[session]?.record.expiry == nil { sessions[session]?.record.expiry = expiry }
    }

    func touch(_ seen: [SessionID: Instant], served: Instant) {
        self.served = max(self.served, served)
        for (session, seenAt) in seen {
            guard let record = sessions[session]?.record, record.expiry == nil else { continue }
            sessions[session]?.record.seenAt = max(record.seenAt, seenAt)
        }
    }

    func abandoned(seenBefore: Instant) -> [SessionID] {
        sessions.values.filter { stored in
            stored.record.seenAt < seenBefore && !stored.prompts.contains { $0.end == nil }
        }.map(\.record.id).sorted()
    }

    func delete(_ session: SessionID) {
        lostPrompts.formUnion(sessions[session]?.prompts.map(\.id) ?? [])
        sessions[session] = nil
        leases.revoke(session)
    }

    /// What becomes of a request for a session.
    enum Acquisition {
        case granted(StoredSession, Lease)
        /// There is none, or it is another user's.
        case absent
        case ownedElsewhere
    }

    /// A server takes a session: what an earlier one has on its way does not arrive any more.
    ///
    /// - Parameter principal: The user whose session it has to be; `nil` for the server itself, which may have any.
    func acquire(
        _ session: SessionID, of principal: Principal?, for server: Server
    ) throws(Violation) -> Acquisition {
        guard let stored = load(session), stored.record.principal == principal ?? stored.record.principal else {
            return .absent
        }
        do throws(StoreError) {
            return .granted(stored, try leases.grant(session, to: server.node, ttl: Server.leaseTTL, at: now()))
        } catch {
            try require(error.isOwnedElsewhere, "a session cannot be had: \(error)")
            return .ownedElsewhere
        }
    }

    /// The next lease in the place of one that its server holds; `nil` when another server has the session.
    func reacquire(_ lease: Lease, for server: Server) throws(Violation) -> Lease? {
        guard leases.isNewest(lease), case .granted(_, let next) = try acquire(lease.session, of: nil, for: server)
        else { return nil }
        return next
    }

    func renew(_ lease: Lease) -> Lease? { leases.renew(lease, ttl: Server.leaseTTL, at: now()) }

    func release(_ lease: Lease) { leases.release(lease) }

    /// The sessions in which prompts wait and that a server may take: no other has them.
    func unfinished(for server: Server) -> [SessionID] {
        sessions.values.filter { stored in
            stored.prompts.contains { $0.end == nil }
                && (try? leases.check(stored.record.id, for: server.node, at: now())) != nil
        }.map(\.record.id).sorted()
    }

    func nextGeneration() -> Generation {
        lastGeneration += 1
        return Generation(rawValue: lastGeneration)
    }

    private func load(_ session: SessionID) -> StoredSession? {
        guard let stored = sessions[session] else { return nil }
        return StoredSession(
            record: stored.record, state: stored.state, tail: stored.entries.suffix(64),
            prompts: stored.prompts.filter { $0.end == nil },
            hasEndedPrompts: stored.prompts.contains { $0.end != nil }, checkpoint: stored.checkpoint?.seq ?? 0)
    }

    func prompt(_ id: ClientMessageID, of session: SessionID) -> PromptRecord? {
        sessions[session]?.prompts.first { $0.id == id }
    }

    func entries(of session: SessionID, after: Seq, through: Seq, limit: Int) -> [EncodedEntry] {
        guard let entries = sessions[session]?.entries, through > after, after < Seq(entries.count) else { return [] }
        return Array(entries[Int(after)..<Int(min(through, Seq(entries.count)))].prefix(limit))
    }

    func makeCopy() { copy = sessions }

    /// The older copy takes the place of what there is.
    ///
    /// - Parameter epoch: The name of the new incarnation, when the operator's tool noticed; `nil` when nobody did.
    func restore(epoch: Epoch?) {
        guard !copy.isEmpty else { return }
        restores += 1
        // Nothing that was on its way belongs to what is on the disk now.
        leases.revokeAll()
        for (id, stored) in sessions {
            guard var older = copy[id] else { continue }
            if older.entries.count < stored.entries.count { lostBranches[id, default: []].append(stored.decoded) }
            lostPrompts.formUnion(Set(stored.prompts.map(\.id)).subtracting(older.prompts.map(\.id)))
            if let epoch { older.record.epoch = epoch }
            sessions[id] = older
        }
        copy = sessions
    }

    /// A server that does not know where it was takes its last entry back.
    func dropLast(of session: SessionID) {
        guard let count = sessions[session]?.entries.count, count > 1 else { return }
        sessions[session]?.entries.removeLast()
        sessions[session]?.decoded.removeLast()
        sessions[session]?.record.headSeq -= 1
    }

    func forgetKeys() {
        for id in sessions.keys { sessions[id]?.prompts.removeAll { $0.end != nil } }
    }

    /// The same entries, read.
    func decoded(_ entries: [EncodedEntry], of session: SessionID) -> ArraySlice<Entry> {
        guard let first = entries.first, let last = entries.last, let decoded = sessions[session]?.decoded,
            Int(last.seq) <= decoded.count
        else { return [] }
        return decoded[Int(first.seq - 1)..<Int(last.seq)]
    }
}

extension JournalDisk.Stored {
    fileprivate mutating func write(_ commit: Commit) throws(Violation) {
        let head = record.headSeq
        for (offset, entry) in commit.entries.enumerated() {
            try require(
                entry.seq == head + Seq(offset) + 1 && entry.from == entry.seq,
                "entry \(entry.seq) is stored behind \(head + Seq(offset))")
            entries.append(entry)
            do { decoded.append(try entry.decoded()) } catch { throw Violation("an entry cannot be read: \(error)") }
        }
        record.headSeq = head + Seq(commit.entries.count)
        for prompt in commit.prompts {
            if let index = prompts.lastIndex(where: { $0.id == prompt.id }) {
                prompts[index] = prompt
            } else {
                prompts.append(prompt)
            }
        }
    }
}
