import GRDB
import NIOCore
import SQLiteFiles
public import Sync
public import Wire

/// A chat in this machine's list: its folder, and its session at the server.
public struct Chat: Hashable, Sendable {
    /// This machine's identifier for it: the `clientSessionKey` with which its session is created.
    public var key: String
    /// The server, by its address without the token.
    public var server: String
    /// The folder, an absolute path.
    public var directory: String
    /// The session; `nil` until the server has created it.
    public var session: SessionID?
    /// The draft: text that was typed and not sent.
    public var draft: String
    /// Where it is used.
    public var kind: Kind
    /// The identity of the folder (`FolderIdentity`); `nil` for a folder of another machine.
    public var folder: String?
    /// Its title: the user's, its agent's or the first line of its first prompt; `nil` before one was sent.
    public var title: String?
    /// Whether the title stays whatever title the agent gives: it is the user's, or tells a fork from its source.
    public var isNamed = false

    /// The agent that it was begun with; `nil` for the server's default, and for a chat of another machine.
    public var agent: String?
    /// The session that its own is made a copy of; `nil` for one that begins empty.
    public var forkOf: SessionID?
    /// The session that took the place of its own when that expired; `nil` when it did not, or is not known.
    public var successor: SessionID?
    /// Whether its session has expired: what is left of it is its transcript in the mirror.
    public var isExpired: Bool

    /// Where a chat is used.
    public enum Kind: String, Hashable, Sendable {
        /// On the screen, once at least.
        case screen
        /// In batch runs alone.
        case batch
    }

    /// Creates a chat; `SQLiteStateStore.keep(_:usedAt:)` stores it.
    public init(
        key: String, server: String, directory: String, session: SessionID? = nil, draft: String = "",
        kind: Kind = .screen, folder: String? = nil, title: String? = nil, agent: String? = nil,
        forkOf: SessionID? = nil, isExpired: Bool = false
    ) {
        self.key = key
        self.server = server
        self.directory = directory
        self.session = session
        self.draft = draft
        self.kind = kind
        self.folder = folder
        self.title = title
        self.agent = agent
        self.forkOf = forkOf
        self.isExpired = isExpired
    }
}

/// A chat in a list.
public struct ListedChat: Hashable, Sendable {
    /// The chat itself.
    public var chat: Chat
    /// When it was last used, in milliseconds since 1970.
    public var usedAt: Timestamp
    /// How many of its prompts wait in the outbox.
    public var waiting: Int
}

/// The data that only this machine has: the list of chats, the outbox of unconfirmed prompts, drafts, and client
/// identifiers (one per *instance*, a number that each of several clients running side by side takes). They cannot be
/// fetched again, so every change is synchronized and survives a power cut.
public final class SQLiteStateStore: Sendable {
    /// The name of the file in the client's folder.
    public static let fileName = "desk.db"

    let file: DatabaseFile

    private init(folder: String) throws(StoreError) {
        file = try DatabaseFile(
            path: "\(folder)/\(SQLiteStateStore.fileName)", durability: .full, migrator: StateSchema.migrator)
    }

    /// Opens or creates the stateStore.
    ///
    /// - Returns: The state store, and the new path of a damaged file that was quarantined.
    public static func open(
        folder: String, now: Timestamp
    ) throws(StoreError) -> (opened: SQLiteStateStore, setAside: String?) {
        try Quarantine.open(path: "\(folder)/\(fileName)", stamp: now) { () throws(StoreError) in
            try SQLiteStateStore(folder: folder)
        }
    }

    /// Whether there is a state store in the client's folder.
    public static func exists(folder: String) -> Bool { FilesInUse(database: "\(folder)/\(fileName)") != nil }

    /// Opens a state store that is there, to read it: a damaged file stays where it is.
    public static func reading(folder: String) throws(StoreError) -> SQLiteStateStore {
        try SQLiteStateStore(folder: folder)
    }

    /// The client identifier of an instance; the proposal is stored if the instance has none, or one that no server
    /// takes.
    public func clientID(instance: Int, proposal: ClientID) throws(StoreError) -> ClientID {
        try file.write { database in
            try database.execute(
                sql: "INSERT INTO seats (number, client_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [instance, proposal.rawValue])
            let name = try String.fetchOne(
                database, sql: "SELECT client_id FROM seats WHERE number = ?", arguments: [instance])
            if let stored = name.flatMap({ ClientID(checking: $0) }) { return stored }
            try database.execute(
                sql: "UPDATE seats SET client_id = ? WHERE number = ?", arguments: [proposal.rawValue, instance])
            return proposal
        }
    }

    /// The most recently used chat of a folder.
    ///
    /// - Parameter kind: Where it was used; anywhere when `nil`.
    public func lastChat(at server: String, directory: String, kind: Chat.Kind? = nil) throws(StoreError) -> Chat? {
        try chats(at: server, directory: directory, kind: kind, limit: 1).first?.chat
    }

    /// The chats of a folder by its path, the one used last first, without expired ones.
    ///
    /// - Parameters:
    ///   - kind: Where they were used; anywhere when `nil`.
    ///   - limit: How many at most.
    public func chats(
        at server: String, directory: String, kind: Chat.Kind? = nil, limit: Int
    ) throws(StoreError) -> [ListedChat] {
        try listed(
            "server = ?1 AND directory = ?2 AND (?3 IS NULL OR kind = ?3) AND NOT is_expired", limit: limit,
            [server, directory, kind?.rawValue])
    }

    /// The chats of a folder that had another path when they were used, the one used last first, without expired ones
    /// and those of ``markFound(at:folder:)``.
    public func movedChats(
        at server: String, folder: String, directory: String, limit: Int
    ) throws(StoreError) -> [ListedChat] {
        try listed(
            "server = ?1 AND folder = ?2 AND directory <> ?3 AND NOT is_expired AND NOT is_found", limit: limit,
            [server, folder, directory])
    }

    /// Marks the chats of a moved folder as found again, so that they are not offered any more.
    public func markFound(at server: String, folder: String) throws(StoreError) {
        try file.write { database in
            try database.execute(
                sql: "UPDATE chats SET is_found = 1 WHERE server = ? AND folder = ?", arguments: [server, folder])
        }
    }

    /// The chats of this machine, the one used last first.
    ///
    /// - Parameters:
    ///   - server: Those at this server; all when `nil`.
    ///   - limit: How many at most.
    public func chats(at server: String? = nil, limit: Int) throws(StoreError) -> [ListedChat] {
        try listed("?1 IS NULL OR server = ?1", limit: limit, [server])
    }

    /// A chat as it stands in the list; `nil` when there is none with this key.
    public func listedChat(_ key: String) throws(StoreError) -> ListedChat? {
        try listed("key = ?1", limit: 1, [key]).first
    }

    private func listed(
        _ condition: String, limit: Int, _ arguments: StatementArguments
    ) throws(StoreError) -> [ListedChat] {
        try file.read { database in
            // One row at a time: all of them would take more memory than what is made of them.
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT *, (SELECT count(*) FROM outbox WHERE chat = chats.key) AS waiting FROM chats
                    WHERE (\(condition)) AND \(SQLiteStateStore.isKeyValid)
                    ORDER BY used_at DESC, key DESC LIMIT \(limit)
                    """, arguments: arguments)
            return try Array(
                rows.map {
                    ListedChat(
                        chat: Chat(row: $0), usedAt: ($0["used_at"] as Timestamp).clamped(to: .time),
                        waiting: $0["waiting"])
                })
        }
    }

    /// SQL: whether a chat's key is one that a server takes; the row of any other is damaged, and stays where it is.
    private static let isKeyValid = "length(key) BETWEEN 1 AND 136 AND key NOT GLOB '*[^!-~]*'"

    /// The chat with this session or this key.
    public func chat(at server: String, named name: String) throws(StoreError) -> Chat? {
        try chat(sql: "SELECT * FROM chats WHERE server = ?1 AND (session = ?2 OR key = ?2)", [server, name])
    }

    private func chat(sql: String, _ arguments: StatementArguments) throws(StoreError) -> Chat? {
        try file.read { database in
            try Row.fetchOne(database, sql: sql, arguments: arguments).map(Chat.init(row:))
        }
    }

    /// The expired chat that continues in a session.
    public func predecessor(of session: SessionID, at server: String) throws(StoreError) -> Chat? {
        try chat(sql: "SELECT * FROM chats WHERE server = ?1 AND successor = ?2", [server, session.rawValue])
    }

    /// Inserts or updates a chat with the time of its use.
    public func keep(_ chat: Chat, usedAt: Timestamp) throws(StoreError) {
        try file.write { database in
            try database.execute(
                sql: """
                    INSERT INTO chats
                        (key, server, directory, session, used_at, draft, kind, folder, title, is_named, agent, fork_of)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (key) DO UPDATE SET session = excluded.session, used_at = excluded.used_at,
                        kind = CASE 'screen' WHEN kind THEN kind ELSE excluded.kind END,
                        folder = coalesce(excluded.folder, folder),
                        is_found = CASE WHEN excluded.folder IS NULL THEN is_found ELSE 0 END
                    """,
                arguments: [
                    chat.key, chat.server, chat.directory, chat.session?.rawValue, usedAt, chat.draft,
                    chat.kind.rawValue, chat.folder, chat.title, chat.isNamed, chat.agent, chat.forkOf?.rawValue,
                ])
        }
    }

    /// The keys of chats whose session or key begins with a text.
    public func keys(at server: String, beginning prefix: String, limit: Int) throws(StoreError) -> [String] {
        try file.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT key FROM chats WHERE server = ?1
                        AND (substr(session, 1, length(?2)) = ?2 OR substr(key, 1, length(?2)) = ?2) LIMIT ?3
                    """, arguments: [server, prefix, limit])
        }
    }

    /// When the oldest chat was begun that there is still; `nil` when there is none.
    public func firstUse() throws(StoreError) -> Timestamp? {
        let key = try file.read { database in
            // Keys of chats that were begun here are UUIDs, in the order of time; other keys begin with a letter.
            try String.fetchOne(database, sql: "SELECT min(key) FROM chats WHERE key < '1'")
        }
        return key.flatMap { UUIDv7.timestamp(of: $0) }
    }

    /// Removes a chat with its outbox and its answers.
    public func forget(_ chat: String) throws(StoreError) {
        try file.write { database in
            for table in ["outbox", "answers"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE chat = ?", arguments: [chat])
            }
            try database.execute(sql: "DELETE FROM chats WHERE key = ?", arguments: [chat])
        }
    }

    /// Stores the session of a chat. When the chat has another one, that has expired: a new row keeps it with its
    /// title, marked as expired, and the chat continues in its successor without a title.
    public func adopt(_ session: SessionID, for chat: String) throws(StoreError) {
        try file.write { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO chats
                        (key, server, directory, session, used_at, kind, folder, title, agent, is_expired, successor)
                    SELECT 'expired:' || session, server, directory, session, used_at, kind, folder, title, agent, 1, ?2
                    FROM chats WHERE key = ?1 AND session <> ?2
                    """, arguments: [chat, session.rawValue])
            try database.execute(
                sql: """
                    UPDATE chats SET session = ?2, title = CASE WHEN session <> ?2 THEN NULL ELSE title END,
                        is_named = CASE WHEN session <> ?2 THEN 0 ELSE is_named END
                    WHERE key = ?1
                    """, arguments: [chat, session.rawValue])
        }
    }

    /// Stores the draft of a chat.
    public func saveDraft(_ text: String, of chat: String) throws(StoreError) {
        try file.write { database in
            try database.execute(sql: "UPDATE chats SET draft = ? WHERE key = ?", arguments: [text, chat])
        }
    }

    /// Puts a prompt into the outbox and clears the draft it came from, in one transaction.
    public func queue(_ item: OutboxItem, of chat: String) throws(StoreError) {
        let content = JSON.array(item.content.map(\.json)).encoded.data
        try file.write { database in
            try database.execute(
                sql: "INSERT INTO outbox (chat, id, content, created_at, was_sent) VALUES (?, ?, ?, ?, 0)",
                arguments: [chat, item.id.rawValue, content, item.createdAt])
            try database.execute(
                sql: "UPDATE chats SET draft = '', title = coalesce(title, ?) WHERE key = ?",
                arguments: [SessionTitle.of(item.content), chat])
            try SQLiteStateStore.remember(item, of: chat, in: database)
        }
    }

    /// Stores the answer to a question until it is confirmed; a later answer replaces it.
    public func keep(_ answer: JSON, to request: RequestKey, of chat: String) throws(StoreError) {
        let bytes = answer.encoded.data
        try file.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO answers (chat, request, answer) VALUES (?, ?, ?)",
                arguments: [chat, request.rawValue, bytes])
        }
    }

    /// The answers of a chat whose entries are not in the mirror yet.
    public func answers(of chat: String) throws(StoreError) -> [RequestKey: JSON] {
        try file.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT request, answer FROM answers WHERE chat = ?", arguments: [chat])
            return try Dictionary(uniqueKeysWithValues: rows.map(SQLiteStateStore.answer))
        }
    }

    /// Removes answers whose questions are resolved in the mirror.
    public func removeAnswers(to requests: [RequestKey], of chat: String) throws(StoreError) {
        guard !requests.isEmpty else { return }
        try file.write { database in
            for request in requests {
                try database.execute(
                    sql: "DELETE FROM answers WHERE chat = ? AND request = ?", arguments: [chat, request.rawValue])
            }
        }
    }

    /// Marks prompts as sent at least once.
    public func markSent(_ ids: [ClientMessageID]) throws(StoreError) {
        try file.write { database in
            let update = try database.cachedStatement(sql: "UPDATE outbox SET was_sent = 1 WHERE id = ?")
            for id in ids { try update.execute(arguments: [id.rawValue]) }
        }
    }

    /// Removes prompts whose entries are in the mirror, or that the user took back.
    public func remove(_ ids: [ClientMessageID]) throws(StoreError) {
        guard !ids.isEmpty else { return }
        try file.write { database in
            let delete = try database.cachedStatement(sql: "DELETE FROM outbox WHERE id = ?")
            for id in ids { try delete.execute(arguments: [id.rawValue]) }
        }
    }

    /// The unconfirmed prompts of a chat, in order.
    public func outbox(of chat: String) throws(StoreError) -> [OutboxItem] {
        try file.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM outbox WHERE chat = ? ORDER BY key", arguments: [chat])
                .map(OutboxItem.init(row:))
        }
    }
}

extension Chat {
    fileprivate init(row: Row) {
        let session: String? = row["session"]
        self.init(
            key: row["key"], server: row["server"], directory: row["directory"],
            // Without its session a chat finds it again by its key, which created it.
            session: session.flatMap { SessionID(checking: $0) }, draft: row["draft"],
            kind: Kind(rawValue: row["kind"]) ?? .screen, folder: row["folder"], title: row["title"],
            agent: row["agent"],
            forkOf: (row["fork_of"] as String?).flatMap { SessionID(checking: $0) }, isExpired: row["is_expired"])
        isNamed = row["is_named"]
        successor = (row["successor"] as String?).flatMap { SessionID(checking: $0) }
    }
}

extension OutboxItem {
    init(row: Row) throws {
        guard let content = try JSON(parsing: row.bytes("content")).array, !content.isEmpty else {
            throw DamagedRow("the content of a prompt")
        }
        self.init(
            id: try row.name("id", of: "a prompt"), content: try content.map { try ContentBlock(json: $0) },
            createdAt: (row["created_at"] as Timestamp).clamped(to: .time), wasSent: row["was_sent"])
    }
}
