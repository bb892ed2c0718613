import GRDB
import SQLiteFiles
public import Wire

/// A session's copy in the mirror.
struct MirrorCopy: Hashable, Sendable {
    var key: Int64
    var server: String
    var session: SessionID
    var epoch: Epoch
    var cursor: Seq
    /// The entries that are missing below the cursor.
    var gaps: [ClosedRange<Seq>]
}

extension SQLiteMirror {
    /// The copies that are shown, in the order in which they were begun.
    func copies() throws(StoreError) -> [MirrorCopy] {
        try file.read { database in
            var gaps: [Int64: [ClosedRange<Seq>]] = [:]
            let holes = try Row.fetchAll(database, sql: "SELECT copy, from_seq, to_seq FROM holes ORDER BY from_seq")
            for row in holes { gaps[row["copy"], default: []].append(try SQLiteMirror.gap(row)) }
            return try Row.fetchAll(
                database, sql: "SELECT key, server, session, epoch, cursor FROM copies WHERE is_shown ORDER BY key"
            ).map { row in
                MirrorCopy(
                    key: row["key"], server: row["server"], session: try row.name("session", of: "a copy"),
                    epoch: try row.name("epoch", of: "a copy"), cursor: row["cursor"], gaps: gaps[row["key"]] ?? [])
            }
        }
    }

    /// The entries of a copy that are pieces of messages of the user and the agent, in order.
    ///
    /// - Parameter bytes: Once they have so many, no further one is read.
    /// - Returns: The entries, and the last number up to which there are no others.
    func messages(
        of copy: MirrorCopy, _ range: ClosedRange<Seq>, bytes: Int
    ) throws(StoreError) -> (entries: [EncodedEntry], end: Seq) {
        try file.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT \(EncodedEntry.columns) FROM entries WHERE copy = ? AND seq BETWEEN ? AND ?
                        AND kind IN ('acp.user_message_chunk', 'acp.agent_message_chunk') ORDER BY seq
                    """, arguments: [copy.key, range.lowerBound, range.upperBound])
            let (entries, isCut) = try SQLiteMirror.entries(rows, bytes: bytes)
            return (entries, isCut ? entries.last?.seq ?? range.upperBound : range.upperBound)
        }
    }

    /// The last pieces of messages of a session among its newest entries: what a list can show of it.
    ///
    /// - Parameters:
    ///   - entries: How many of the newest entries are looked at.
    ///   - bytes: About how many bytes of them.
    public func lastMessages(
        of session: SessionID, at server: String, among entries: Int = 300, bytes: Int = .max
    ) throws(StoreError) -> [Entry] {
        let page = try page(of: session, at: server, limit: entries, bytes: bytes).entries
        return page.filter { entry in
            guard case .update(let update) = entry.body else { return false }
            return switch update {
            case .userMessage, .agentMessage: true
            case .agentThought, .toolCall, .toolCallUpdate, .plan, .other: false
            }
        }
    }

    /// The cursors of a server's sessions: how far each is here.
    public func cursors(at server: String) throws(StoreError) -> [SessionID: Seq] {
        let copies = try copies().filter { $0.server == server }
        return Dictionary(copies.map { ($0.session, $0.cursor) }, uniquingKeysWith: max)
    }

    /// Forgets everything of a session.
    public func forget(_ session: SessionID, at server: String) throws(StoreError) {
        try file.write { database in
            for name in [session, SQLiteMirror.orphan(of: session)] {
                try database.execute(
                    sql: "DELETE FROM copies WHERE server = ? AND session = ?", arguments: [server, name.rawValue])
            }
        }
    }
}
