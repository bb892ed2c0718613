import GRDB
import Synchronization

/// How SQLite finds the rows of the statements that a test runs.
enum QueryPlan {
    /// The statements that read or change rows while the work runs, on the connection that writes and on the one that
    /// reads.
    static func statements(of pool: DatabasePool, _ work: () throws -> Void) throws -> [String] {
        let heard = Heard()
        try onBoth(pool) { database in
            database.trace { event in
                if case .statement(let statement) = event { heard.add(statement.sql) }
            }
        }
        defer { try? onBoth(pool) { $0.trace(options: []) } }
        try work()
        return heard.statements
    }

    /// The steps in which SQLite runs these statements.
    static func steps(of pool: DatabasePool, _ work: () throws -> Void) throws -> [String] {
        let heard = try statements(of: pool, work)
        return try pool.writeWithoutTransaction { database in
            try heard.flatMap { sql in
                let plan = try database.makeStatement(sql: "EXPLAIN QUERY PLAN \(sql)")
                // As the statement was prepared: without the values, which could allow another plan.
                plan.setUncheckedArguments(StatementArguments())
                return try Row.fetchAll(plan).map { $0["detail"] as String }
            }
        }
    }

    /// A pool that is read by nobody else reads on one connection.
    private static func onBoth(_ pool: DatabasePool, _ body: (Database) throws -> Void) throws {
        try pool.writeWithoutTransaction { try body($0) }
        try pool.read { try body($0) }
    }

    private final class Heard: Sendable {
        private let texts = Mutex<[String]>([])

        var statements: [String] { texts.withLock { $0 } }

        func add(_ sql: String) {
            guard ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(where: { sql.hasPrefix($0) }) else { return }
            texts.withLock { $0.append(sql) }
        }
    }
}
