import GRDB
import Platform
import SQLiteFiles
import Sync
public import Wire

/// A full-text index (FTS5) of the messages in the mirror.
///
/// It is a file of its own and is brought up to date when somebody searches, from where it was left: storing what a server
/// sends costs nothing more because of it. What is indexed is bounded; see ``passagesMaximum``.
public final class SearchIndex: Sendable {
    /// The name of the file in the client's folder.
    public static let fileName = "search.db"
    /// The most passages; the ones indexed first are dropped.
    public static let passagesMaximum = 200_000
    /// The most hits of a search.
    public static let hitsMaximum = 200
    /// The longest search, in words; further ones are left out.
    static let wordsMaximum = 16

    /// A passage that was found.
    public struct Hit: Hashable, Sendable {
        /// The server of the session, as the mirror names it.
        public var server: String
        /// The session.
        public var session: SessionID
        /// The first entry of the passage.
        public var seq: Seq
        /// When it was said, in milliseconds since 1970.
        public var timestamp: Timestamp
        /// Whether the user said it, and not the agent.
        public var isUsers: Bool
        /// A piece of the text around the first word that was looked for, in one line.
        public var snippet: String
    }

    let file: DatabaseFile

    private init(path: String) throws(StoreError) {
        file = try DatabaseFile(path: path, durability: .normal, migrator: SearchSchema.migrator)
    }

    /// Opens or creates the index; a damaged one is set aside, and made again.
    ///
    /// - Parameters:
    ///   - folder: The client's folder.
    ///   - now: Milliseconds since 1970.
    public static func open(folder: String, now: Timestamp) throws(StoreError) -> SearchIndex {
        let path = "\(folder)/\(fileName)"
        return try Quarantine.open(path: path, stamp: now, isCache: true) { () throws(StoreError) in
            try SearchIndex(path: path)
        }.opened
    }

    /// The passages with all words, each of which may be the beginning of one; the newest first.
    ///
    /// - Parameters:
    ///   - words: What is looked for; nothing is found when it has no letter or digit.
    ///   - session: The session in which, at that server; all when `nil`.
    public func find(
        _ words: String, in session: (server: String, id: SessionID)? = nil
    ) throws(StoreError) -> [Hit] {
        let terms = SearchText.terms(of: words).prefix(SearchIndex.wordsMaximum)
        guard let first = terms.first else { return [] }
        let text = "text : (\(terms.map(\.query).joined(separator: " AND ")))"
        let hits = try file.read { database -> [Hit] in
            var query = text
            if let session {
                let key = try Int64.fetchOne(
                    database, sql: "SELECT key FROM sources WHERE server = ? AND session = ?",
                    arguments: [session.server, session.id.rawValue])
                guard let key else { return [] }
                query = "scope : \"s\(key)\" AND \(text)"
            }
            // In the order of rows, the last first: to sort all that match by their time would read all of them.
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT server, session, seq, ts, speaker, coalesce(shown, text) AS shown
                    FROM passages JOIN sources ON sources.key = passages.source
                    WHERE passages MATCH ? ORDER BY passages.rowid DESC LIMIT ?
                    """, arguments: [query, SearchIndex.hitsMaximum]
            ).map { row in
                Hit(
                    server: row["server"], session: try row.name("session", of: "a source"), seq: row["seq"],
                    timestamp: row["ts"], isUsers: row["speaker"] == SearchPassage.user,
                    snippet: SearchText.snippet(of: row["shown"], around: first.word))
            }
        }
        return hits.sorted { ($0.timestamp, $0.seq) > ($1.timestamp, $1.seq) }
    }
}
