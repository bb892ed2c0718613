public import Ledger
import NIOCore
public import Wire

/// What is read, and tokens.
extension MemoryJournal: TokenStore {
    /// The prompt with that key.
    public func prompt(
        _ id: ClientMessageID, of session: SessionID, by deadline: Deadline
    ) throws(StoreError) -> PromptRecord? {
        try within(deadline) { $0[session]?.prompts.first { $0.id == id }?.settled }
    }

    /// A page of entries.
    public func entries(
        of session: SessionID, _ page: EntryPage, by deadline: Deadline
    ) throws(StoreError) -> [EncodedEntry] {
        let range = try within(deadline) { $0[session]?.entries ?? [] }.filter { entry in
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

    /// How many bytes a user's sessions take.
    public func usage(of principal: Principal, by deadline: Deadline) throws(StoreError) -> Int64 {
        try within(deadline) { $0.sessions(of: principal) }.reduce(0) { $0 + $1.bytes + 1_024 }
    }

    /// The sessions of a user.
    public func sessions(
        of principal: Principal, directory: String?, offset: Int, limit: Int, by deadline: Deadline
    ) throws(StoreError) -> [SessionRecord] {
        let records = try within(deadline) { $0.sessions(of: principal) }.reversed()
        let found = records.filter { (directory ?? $0.directory) == $0.directory }
        // Of those used at the same time the newest comes first; sorting keeps their order.
        return Array(found.sorted { $0.updatedAt > $1.updatedAt }.dropFirst(offset).prefix(limit))
    }

    /// The served time.
    public func served(by deadline: Deadline) throws(StoreError) -> Instant { try within(deadline) { $0.served } }

    /// Sessions that nobody came back to.
    public func abandonedSessions(
        seenBefore: Instant, isExpired: Bool, node: NodeID, limit: Int, by deadline: Deadline
    ) throws(StoreError) -> [SessionID] {
        let found = try within(deadline) { tables in
            tables.sessions.filter { stored in
                let owner =
                    tables.leases.sharing == .oneProcess ? nil : tables.leases.owner(of: stored.record.id, at: now)
                return stored.record.seenAt < seenBefore && (!isExpired || stored.record.expiry != nil)
                    && !stored.isUnfinished && owner ?? node == node
            }.map(\.record)
        }
        return found.sorted { $0.seenAt < $1.seenAt }.prefix(limit).map(\.id)
    }

    // MARK: Tokens

    /// Stores a token.
    public func add(_ token: TokenRecord, by deadline: Deadline) throws(StoreError) {
        try within(deadline) { tables throws(StoreError) in
            guard !tables.tokens.contains(where: { $0.id == token.id || $0.hash == token.hash }) else {
                throw .failed("there is a token \(token.id)")
            }
            tables.tokens.append(token)
        }
        tell(.tokensChanged)
    }

    /// The token with that SHA-256.
    public func token(hash: [UInt8], by deadline: Deadline) throws(StoreError) -> TokenRecord? {
        try within(deadline) { $0.tokens.first { $0.hash == hash } }
    }

    /// The records of tokens.
    public func tokens(_ ids: [String]?, by deadline: Deadline) throws(StoreError) -> [TokenRecord] {
        let tokens = try within(deadline) { $0.tokens }.filter { ids?.contains($0.id) ?? true }
        return tokens.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// Revokes a token.
    public func revoke(_ id: String, at: Timestamp, by deadline: Deadline) throws(StoreError) -> Bool {
        let isKnown = try within(deadline) { tables in
            guard let index = tables.tokens.firstIndex(where: { $0.id == id }) else { return false }
            tables.tokens[index].revokedAt = tables.tokens[index].revokedAt ?? at
            tables.revocations += 1
            return true
        }
        if isKnown { tell(.tokensChanged) }
        return isKnown
    }

    /// How often tokens were revoked.
    public func revocations(by deadline: Deadline) throws(StoreError) -> Int64 {
        try within(deadline) { $0.revocations }
    }
}
