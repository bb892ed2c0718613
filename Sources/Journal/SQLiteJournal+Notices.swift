import GRDB
public import Ledger
import SQLiteFiles
public import Wire

/// The order of connections, and notices of changes.
extension SQLiteJournal {
    /// The next number of this process's block; the first one reserves the block on the disk.
    public func nextGeneration(by deadline: Deadline) throws(StoreError) -> Generation {
        try generations.next { () throws(StoreError) in
            try change(by: deadline) { database in
                // Of one that was damaged the next block is the first again. That is harmless here, since the connections
                // of earlier processes are closed.
                let next = try Int64.fetchOne(
                    database,
                    sql: """
                        INSERT INTO generations (key, next) VALUES (1, 1 + ?1) ON CONFLICT (key) DO UPDATE SET next =
                            CASE WHEN next BETWEEN 1 AND ?2 THEN next + ?1 ELSE 1 + ?1 END
                        RETURNING next
                        """, arguments: [GenerationCounter.blockSize, Int64.max - GenerationCounter.blockSize])
                guard let next else { throw StoreError.failed("\(file.path): no generation was reserved") }
                return next - GenerationCounter.blockSize
            }
        }
    }

    /// Tells of changes that are made through this object. What another process changes, such as `belayd token`, is found
    /// by asking (``revocations(by:)``).
    public func subscribe(
        as node: NodeID, _ tell: @escaping @Sendable (StoreNotice) -> Void
    ) -> StoreSubscription {
        notices.subscribe(as: node, tell)
    }
}
