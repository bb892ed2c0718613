import GRDB
public import Ledger
import NIOCore
import Platform
import SQLiteFiles
public import Wire

/// Writing to journals: what has come together in one synchronized transaction, under the leases of the sessions.
extension SQLiteJournal {
    /// Writes all commits in one synchronized transaction; when that fails, each is looked for, and written alone.
    public func commit(_ commits: [LeasedCommit], by deadline: Deadline) -> [CommitOutcome] {
        let outcomes = GroupCommit.outcomes(
            of: commits,
            writing: { commits throws(StoreError) in
                try change(by: deadline) { database in try commits.map { try write($0, to: database) } }
            },
            reading: { commit throws(StoreError) in
                guard let last = commit.entries.last else { return false }
                let page = EntryPage(after: last.seq - 1, through: last.seq, limit: 1)
                return try entries(of: commit.session, page, by: .never).first == last
            })
        for (leased, outcome) in zip(commits, outcomes) where outcome == .stored {
            let commit = leased.commit
            notices.tell(
                .committed(commit.session, head: commit.head, by: leased.lease.node), except: leased.lease.node)
        }
        return outcomes
    }

    /// Writes one commit.
    ///
    /// - Returns: Whether it was written; `false` when it is fenced.
    private func write(_ leased: LeasedCommit, to database: Database) throws -> Bool {
        let commit = leased.commit
        guard leases.withLock({ $0.isNewest(leased.lease) }) else { return false }
        let found = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT key, bytes, head_seq FROM sessions WHERE id = ? AND deleted_at IS NULL"),
            arguments: [commit.session.rawValue])
        guard let found else { return false }
        let (key, bytes): (Int64, Int64?) = (try found.decode(atIndex: 0), try found.decode(atIndex: 1))
        let head: Seq = try found.decode(atIndex: 2)
        guard head == commit.expectedHead else {
            guard try isSound(head, of: key, in: database), head > commit.expectedHead else {
                throw StoreError.damaged(
                    commit.session, "its head is entry \(head) and not \(commit.expectedHead), which is its last one")
            }
            return false
        }
        let insert = try database.cachedStatement(
            sql: """
                INSERT INTO entries (session, seq, ts, client_message_id, kind, payload, digest)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        for entry in commit.entries {
            try insert.execute(arguments: [
                key, entry.seq, entry.timestamp, entry.clientMessageID?.rawValue, entry.kind, entry.payload.data,
                entry.digest,
            ])
        }
        for prompt in commit.prompts { try write(prompt, of: key, to: database) }
        guard let last = commit.entries.last else { return true }
        if let checkpoint = commit.checkpoint { try write(checkpoint, at: last.seq, of: key, to: database) }
        let isPlausible = try size.canHold(bytes ?? -1, in: database)
        try database.cachedStatement(
            sql: """
                UPDATE sessions SET head_seq = ?, updated_at = ?, title = coalesce(?, title),
                    bytes = CASE WHEN ? THEN bytes + ? ELSE \(StoredNumbers.countedBytes) END
                WHERE key = ?
                """
        ).execute(arguments: [last.seq, last.timestamp, commit.title, isPlausible, commit.bytes, key])
        return true
    }

    /// Whether the newest entry of a session is its head: then another server has written to it, and otherwise it is
    /// damaged.
    private func isSound(_ head: Seq, of key: Int64, in database: Database) throws -> Bool {
        try Seq.fetchOne(
            database.cachedStatement(sql: "SELECT coalesce(max(seq), 0) FROM entries WHERE session = ?"),
            arguments: [key]) == head
    }

    private func write(_ prompt: PromptRecord, of key: Int64, to database: Database) throws {
        var (reason, error): (String?, String?)
        switch prompt.end?.outcome {
        case .stopped(let stopped): reason = stopped.rawValue
        case .failed(let failed): error = failed
        case nil: break
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO prompts (session, id, content, turn, message, seq, stop_reason, error, end_seq, digest)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (session, id) DO UPDATE
                SET stop_reason = excluded.stop_reason, error = excluded.error, end_seq = excluded.end_seq
                """
        ).execute(arguments: [
            key, prompt.id.rawValue, prompt.content.data, prompt.turn.rawValue, prompt.message.rawValue, prompt.seq,
            reason, error, prompt.end?.seq, prompt.digest,
        ])
    }
}
