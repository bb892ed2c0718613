import GRDB
import SQLiteFiles
public import Wire

/// The titles of chats.
extension SQLiteStateStore {
    /// Gives a chat a title.
    ///
    /// - Parameter isNamed: Whether it stays, whatever title the agent gives.
    public func rename(_ chat: String, to title: String?, isNamed: Bool) throws(StoreError) {
        try file.write { database in
            try database.execute(
                sql: "UPDATE chats SET title = ?, is_named = ? WHERE key = ?", arguments: [title, isNamed, chat])
        }
    }

    /// Gives a chat the title of its agent, unless it has one that stays.
    public func entitle(_ chat: String, _ title: String?) throws(StoreError) {
        try file.write { database in
            try database.execute(
                sql: "UPDATE chats SET title = ? WHERE key = ? AND NOT is_named", arguments: [title, chat])
        }
    }
}
