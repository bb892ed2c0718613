import GRDB
import SQLiteFiles
import Sync
public import Wire

/// The prompts that were sent from this machine's screens, for the search in them.
extension SQLiteStateStore {
    /// The most prompts that are kept, of all chats; the oldest are forgotten.
    public static let promptsMaximum = 4_000
    /// The longest prompt that is kept, in bytes: a longer one is nothing that is said again.
    static let promptBytesMaximum = 16 << 10

    /// Keeps the text of a prompt, unless a batch run sends it: scripts would fill the list.
    static func remember(_ item: OutboxItem, of chat: String, in database: Database) throws {
        let text = item.content.compactMap(\.text).joined(separator: "\n")
        guard !text.isEmpty, text.utf8.count <= promptBytesMaximum else { return }
        try database.execute(
            sql: "INSERT INTO prompts (chat, text) SELECT key, ?2 FROM chats WHERE key = ?1 AND kind = 'screen'",
            arguments: [chat, text])
        try database.execute(
            sql: "DELETE FROM prompts WHERE key <= (SELECT max(key) FROM prompts) - ?", arguments: [promptsMaximum])
    }

    /// What was sent last, newest first.
    ///
    /// - Parameters:
    ///   - chat: The chat in which; in all chats when `nil`.
    ///   - limit: How many at most.
    public func prompts(of chat: String? = nil, limit: Int) throws(StoreError) -> [String] {
        try file.read { database in
            try String.fetchAll(
                database, sql: "SELECT text FROM prompts WHERE ?1 IS NULL OR chat = ?1 ORDER BY key DESC LIMIT ?2",
                arguments: [chat, limit])
        }
    }
}
