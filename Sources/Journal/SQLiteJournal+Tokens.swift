import Foundation
import GRDB
public import Ledger
import NIOCore
import SQLiteFiles
public import Wire

/// Tokens are in the same file as the sessions; SQLite lets `belayd token` write while `belayd serve` runs.
extension SQLiteJournal: TokenStore {
    /// Inserts the record of a new token.
    public func add(_ token: TokenRecord, by deadline: Deadline) throws(StoreError) {
        try change(by: deadline) { database in
            try database.execute(
                sql: "INSERT INTO tokens (id, hash, principal, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    token.id, Data(token.hash), token.principal.rawValue, token.createdAt, token.expiresAt,
                ])
        }
        notices.tell(.tokensChanged)
    }

    /// The record of the token with that SHA-256; `nil` for an unknown token.
    public func token(hash: [UInt8], by deadline: Deadline) throws(StoreError) -> TokenRecord? {
        try file.read(by: deadline) { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT * FROM tokens WHERE hash = ?"), arguments: [Data(hash)]
            ).map(TokenRecord.init(row:))
        }
    }

    /// The records of these tokens, of all when `nil`, the oldest first.
    ///
    /// The server asks twice a second for those of its connections: they cost a row each, however many there are.
    public func tokens(_ ids: [String]?, by deadline: Deadline) throws(StoreError) -> [TokenRecord] {
        try file.read(by: deadline) { database in
            guard let ids else {
                return try Row.fetchAll(database, sql: "SELECT * FROM tokens ORDER BY created_at, id")
                    .map(TokenRecord.init(row:))
            }
            let list = JSON.array(ids.map { .string($0) }).encoded
            return try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT * FROM tokens WHERE id IN (SELECT value FROM json_each(?)) ORDER BY created_at, id
                        """), arguments: [String(buffer: list)]
            ).map(TokenRecord.init(row:))
        }
    }

    /// Revokes a token; a token that is revoked already keeps its time.
    public func revoke(_ id: String, at: Timestamp, by deadline: Deadline) throws(StoreError) -> Bool {
        let isKnown = try change(by: deadline) { database in
            try database.execute(
                sql: "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", arguments: [at, id])
            guard database.changesCount > 0 else { return false }
            let count = try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            try database.execute(sql: "PRAGMA user_version = \(count &+ 1)")
            return true
        }
        if isKnown { notices.tell(.tokensChanged) }
        return isKnown
    }

    /// How often tokens were revoked. The count is the `user_version` in the header of the file: it belongs to the
    /// transaction, and nothing else uses it.
    public func revocations(by deadline: Deadline) throws(StoreError) -> Int64 {
        try file.read(by: deadline) { database in
            try Int64.fetchOne(database.cachedStatement(sql: "PRAGMA user_version")) ?? 0
        }
    }
}

extension TokenRecord {
    init(row: Row) {
        let hash: Data = row["hash"]
        self.init(
            id: row["id"], hash: Array(hash), principal: Principal(row["principal"] as String),
            createdAt: row["created_at"], expiresAt: row["expires_at"], revokedAt: row["revoked_at"])
    }
}
