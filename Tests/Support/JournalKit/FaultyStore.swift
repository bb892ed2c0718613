public import Ledger
import Synchronization
public import Wire

/// A store with a bad line to it: commits are lost, answers are lost, some arrive late, and everything may take long. What
/// the base decides is decided by the base, so a commit that arrives when its lease is not the newest any more is fenced.
public final class FaultyStore: ForwardingStore {
    /// What happens to the next call of ``commit(_:by:)``.
    public enum Fault: Hashable, Sendable {
        /// The store cannot be reached, and says so; nothing is written.
        case unreachable(retryAfter: Duration)
        /// The commits get lost, and nothing is known of them.
        case requestLost
        /// The commits are written, and the answer gets lost.
        case answerLost
        /// Nothing is known of the commits, which are on their way until ``deliver()``.
        case delayed
        /// Another one holds the lock for so long.
        case locked(for: Duration)
    }

    /// Where everything is.
    public var base: any JournalStore & TokenStore { journal }
    private let journal: MemoryJournal
    private let state = Mutex(State())

    private struct State {
        var faults: [Fault] = []
        var late: [[LeasedCommit]] = []
    }

    /// A line to a store in memory.
    public init(_ journal: MemoryJournal) { self.journal = journal }

    /// Adds faults, each for one call, in this order.
    public func expect(_ faults: Fault...) { state.withLock { $0.faults += faults } }

    /// Writes commits, or not.
    public func commit(_ commits: [LeasedCommit], by deadline: Deadline) -> [CommitOutcome] {
        let fault = state.withLock { $0.faults.isEmpty ? nil : $0.faults.removeFirst() }
        let unknown = commits.map { _ in CommitOutcome.unknown(.failed("the connection to the store ended")) }
        switch fault {
        case nil: return base.commit(commits, by: deadline)
        case .unreachable(let delay): return commits.map { _ in .unavailable(retryAfter: delay) }
        case .requestLost: return unknown
        case .answerLost:
            _ = base.commit(commits, by: deadline)
            return unknown
        case .delayed:
            state.withLock { $0.late.append(commits) }
            return unknown
        case .locked(let duration):
            journal.clock.advance(by: duration)
            return base.commit(commits, by: deadline)
        }
    }

    /// Lets the commits arrive that were on their way.
    ///
    /// - Returns: Their outcomes, which nobody waits for.
    public func deliver() -> [CommitOutcome] {
        let late = state.withLock { state in
            defer { state.late = [] }
            return state.late
        }
        return late.flatMap { base.commit($0, by: .never) }
    }
}
