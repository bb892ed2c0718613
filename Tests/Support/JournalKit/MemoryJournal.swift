import Ledger
import NIOCore
import Synchronization
import Wire

/// The journal's port in memory. It exists to prove that the conformance suite is about the port, so it is written from
/// the port's documentation, and refuses what that does not allow.
final class MemoryJournal: JournalStore, TokenStore {
    fileprivate struct Stored {
        var record: SessionRecord
        var entries: [EncodedEntry] = []
        var prompts: [PromptRecord] = []
        var checkpoint: (seq: Seq, state: ByteBuffer)?
    }

    private struct Contents {
        var sessions: [Stored] = []
        var tokens: [TokenRecord] = []
        var revocations: Int64 = 0
        var served = Instant.zero

        subscript(_ id: SessionID) -> Stored? { sessions.first { $0.record.id == id } }

        mutating func change(_ id: SessionID, _ body: (inout Stored) -> Void) {
            for index in sessions.indices where sessions[index].record.id == id { body(&sessions[index]) }
        }
    }

    private let contents = Mutex(Contents())

    func commit(_ commits: [Commit]) throws(StoreError) {
        let failure: StoreError? = contents.withLock { contents in
            var next = contents
            for commit in commits {
                guard let stored = next[commit.session] else { return .failed("no session \(commit.session)") }
                let expected = stored.record.headSeq + 1
                guard commit.entries.map(\.seq) == commit.entries.indices.map({ expected + Seq($0) }) else {
                    // A number that is taken is refused; one that skips others would leave the journal damaged.
                    return commit.entries.first.map { $0.seq > expected } == true
                        ? .damaged(commit.session, "entry \(expected) is missing")
                        : .failed("entry \(expected) is next")
                }
                next.change(commit.session) { $0.apply(commit) }
            }
            contents = next
            return nil
        }
        if let failure { throw failure }
    }

    func load(_ session: SessionID, of principal: Principal?) throws(StoreError) -> StoredSession? {
        guard let stored = contents.withLock({ $0[session] }) else { return nil }
        guard stored.record.principal == principal ?? stored.record.principal else { return nil }
        var state = SessionState()
        do {
            if let checkpoint = stored.checkpoint { state = try SessionState(checkpoint: checkpoint.state) }
            for entry in stored.entries { state.apply(try entry.decoded()) }
        } catch {
            throw .corrupt("memory")
        }
        return StoredSession(
            record: stored.record, state: state, tail: stored.entries.suffix(1_000),
            prompts: stored.prompts.filter { $0.end == nil }.sorted { $0.seq < $1.seq },
            hasEndedPrompts: stored.prompts.contains { $0.end != nil }, checkpoint: stored.checkpoint?.seq ?? 0)
    }

    func prompt(_ id: ClientMessageID, of session: SessionID) throws(StoreError) -> PromptRecord? {
        contents.withLock { $0[session] }?.prompts.first { $0.id == id }?.settled
    }

    func usage(of principal: Principal) throws(StoreError) -> Int64 {
        let own = contents.withLock { $0.sessions.map(\.record) }.filter { $0.principal == principal }
        return own.reduce(0) { $0 + $1.bytes + 1_024 }
    }

    func entries(of session: SessionID, _ page: EntryPage) throws(StoreError) -> [EncodedEntry] {
        let entries = contents.withLock { $0[session]?.entries ?? [] }
        let range = entries.filter { entry in
            entry.seq > page.after && entry.seq <= page.through
                && (page.kinds == .all || EncodedEntry.messageKinds.contains(entry.kind))
        }
        var bytes = 0
        let inOrder = page.end == .first ? range : range.reversed()
        let fitting = inOrder.prefix(page.limit).prefix { entry in
            bytes += entry.payload.readableBytes
            return bytes <= page.bytes
        }
        let kept = Array(inOrder.prefix(max(fitting.count, page.limit > 0 ? 1 : 0)))
        return page.end == .first ? kept : kept.reversed()
    }

    func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int
    ) throws(StoreError) -> [SessionRecord] {
        let records = contents.withLock { $0.sessions.map(\.record).reversed() }
        let found = records.filter { $0.principal == principal && (directory ?? $0.directory) == $0.directory }
        // Of those used at the same time the newest comes first; sorting keeps their order.
        return Array(found.sorted { $0.updatedAt > $1.updatedAt }.dropFirst(offset).prefix(limit))
    }

    func unfinishedSessions() throws(StoreError) -> [SessionID] {
        contents.withLock { $0.sessions.filter { $0.prompts.contains { $0.end == nil } }.map(\.record.id) }
    }

    func hasRoom(for session: SessionRecord, maximum: Int, seenSince: Instant) throws(StoreError) -> Bool {
        let own = contents.withLock { $0.sessions.map(\.record) }.filter { $0.principal == session.principal }
        let key = session.clientSessionKey
        return own.count { $0.expiry == nil && $0.seenAt >= seenSince } < maximum
            || key != nil && own.contains { $0.clientSessionKey == key }
    }

    func create(_ session: SessionRecord) throws(StoreError) -> SessionRecord {
        contents.withLock { contents in
            contents.served = max(contents.served, session.seenAt)
            let known = contents.sessions.first { stored in
                stored.record.id == session.id
                    || (session.clientSessionKey != nil && stored.record.principal == session.principal
                        && stored.record.clientSessionKey == session.clientSessionKey)
            }
            if let known { return known.record }
            contents.sessions.append(Stored(record: session))
            return session
        }
    }

    func expire(_ session: SessionID, at: Timestamp, successor: SessionID) throws(StoreError) {
        contents.withLock {
            $0.change(session) { $0.record.expiry = $0.record.expiry ?? .init(at: at, successor: successor) }
        }
    }

    func served() throws(StoreError) -> Instant { contents.withLock { $0.served } }

    func touch(_ sessions: [SessionID: Instant], served: Instant) throws(StoreError) {
        contents.withLock { contents in
            contents.served = max(contents.served, served)
            for (session, time) in sessions where contents[session]?.record.expiry == nil {
                contents.change(session) { $0.record.seenAt = max($0.record.seenAt, time) }
            }
        }
    }

    func delete(_ sessions: [SessionID]) throws(StoreError) {
        contents.withLock { $0.sessions.removeAll { sessions.contains($0.record.id) } }
    }

    func abandonedSessions(
        seenBefore: Instant, isExpired: Bool, limit: Int
    ) throws(StoreError) -> [SessionID] {
        let found = contents.withLock(\.sessions).filter { stored in
            stored.record.seenAt < seenBefore && (!isExpired || stored.record.expiry != nil)
                && stored.prompts.allSatisfy { $0.end != nil }
        }
        return found.map(\.record).sorted { $0.seenAt < $1.seenAt }.prefix(limit).map(\.id)
    }

    func purge() throws(StoreError) -> Bool { false }

    func add(_ token: TokenRecord) throws(StoreError) {
        let isNew = contents.withLock { contents in
            guard !contents.tokens.contains(where: { $0.id == token.id || $0.hash == token.hash }) else { return false }
            contents.tokens.append(token)
            return true
        }
        if !isNew { throw .failed("there is a token \(token.id)") }
    }

    func token(hash: [UInt8]) throws(StoreError) -> TokenRecord? {
        contents.withLock { $0.tokens.first { $0.hash == hash } }
    }

    func tokens(_ ids: [String]?) throws(StoreError) -> [TokenRecord] {
        let tokens = contents.withLock { $0.tokens }.filter { ids?.contains($0.id) ?? true }
        return tokens.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    func revoke(_ id: String, at: Timestamp) throws(StoreError) -> Bool {
        contents.withLock { contents in
            guard let index = contents.tokens.firstIndex(where: { $0.id == id }) else { return false }
            contents.tokens[index].revokedAt = contents.tokens[index].revokedAt ?? at
            contents.revocations += 1
            return true
        }
    }

    func revocations() throws(StoreError) -> Int64 { contents.withLock { $0.revocations } }
}

extension MemoryJournal.Stored {
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
        record.title = record.title ?? commit.title
        record.bytes += commit.bytes
    }
}
