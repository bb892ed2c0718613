import Ledger
import Platform
import Wire

/// How many bytes the sessions of each user take: read from the store once, and counted in memory from then on.
final class Usage: Sendable {
    private let bytes = Locked<[Principal: Int64]>([:])

    /// What a user's sessions take.
    ///
    /// - Parameter read: Reads it from the store.
    nonisolated(nonsending) func of(
        _ principal: Principal, _ read: nonisolated(nonsending) () async throws -> Int64
    ) async rethrows -> Int64 {
        if let known = bytes.withLock({ $0[principal] }) { return known }
        let stored = try await read()
        // A commit during this read may be counted or not: the quota is a bound, not an exact account.
        return bytes.withLock { bytes in
            let known = bytes[principal] ?? stored
            bytes[principal] = known
            return known
        }
    }

    /// Adds to what a user's sessions take, once that is known.
    func count(_ added: Int64, of principal: Principal) {
        bytes.withLock { $0[principal] = $0[principal].map { $0.adding(added) } }
    }

    /// Has all of it read again.
    func forget() { bytes.withLock { $0 = [:] } }
}
