import GRDB
import SQLiteFiles
import Sync
public import Wire

/// Single damaged rows: each is set aside, so that the chat can go on with the others.
extension SQLiteStateStore {
    /// Moves prompts and answers of a chat that cannot be read into the table `damaged`, where they are kept.
    ///
    /// - Returns: How many prompts and how many answers were moved.
    public func setAsideDamaged(of chat: String) throws(StoreError) -> (prompts: Int, answers: Int) {
        try file.write { database in
            let prompts = try Row.fetchAll(database, sql: "SELECT * FROM outbox WHERE chat = ?", arguments: [chat])
                .filter { (try? OutboxItem(row: $0)) == nil }
            let answers = try Row.fetchAll(database, sql: "SELECT * FROM answers WHERE chat = ?", arguments: [chat])
                .filter { (try? SQLiteStateStore.answer(row: $0)) == nil }
            // Copied by SQL, so that a value arrives as it was.
            for row in prompts {
                let key: Int64 = row["key"]
                try database.execute(
                    sql: """
                        INSERT INTO damaged (source, chat, id, content)
                        SELECT 'outbox', chat, id, content FROM outbox WHERE key = ?
                        """, arguments: [key])
                try database.execute(sql: "DELETE FROM outbox WHERE key = ?", arguments: [key])
            }
            for row in answers {
                let request: String = row["request"]
                try database.execute(
                    sql: """
                        INSERT INTO damaged (source, chat, id, content)
                        SELECT 'answers', chat, request, answer FROM answers WHERE chat = ? AND request = ?
                        """, arguments: [chat, request])
                try database.execute(
                    sql: "DELETE FROM answers WHERE chat = ? AND request = ?", arguments: [chat, request])
            }
            return (prompts.count, answers.count)
        }
    }

    /// An answer as it is stored.
    static func answer(row: Row) throws -> (RequestKey, JSON) {
        (try row.name("request", of: "an answer"), try JSON(parsing: row.bytes("answer")))
    }
}
