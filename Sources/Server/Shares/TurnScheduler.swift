import Ledger
import Platform
import Wire

/// The places for turns: `limits.turns` in all, and `limits.turns_per_user` of one user at a time. Users are served
/// round-robin (``FairQueue``), so that a user of many sessions does not delay the others.
final class TurnScheduler: Sendable {
    private struct Waiting: Sendable {
        var turn: TurnID
        var begin: @Sendable () -> Void
    }

    private let queue: Locked<FairQueue<Principal, Waiting>>

    /// - Parameter share: How many turns of one user may run at a time.
    init(share: Int) { queue = Locked(FairQueue(share: share)) }

    /// How many turns run, and how many wait.
    var counts: (running: Int, waiting: Int) { queue.withLock { ($0.inHandCount, $0.waitingCount) } }

    /// Queues a turn.
    ///
    /// - Parameters:
    ///   - maximum: How many turns may run at a time.
    ///   - begin: Called when the turn has its place, on any thread; ``ended(of:maximum:)`` has to be called then.
    func add(_ turn: TurnID, of user: Principal, maximum: Int, begin: @escaping @Sendable () -> Void) {
        queue.withLock { $0.add(Waiting(turn: turn, begin: begin), of: user) }
        beginNext(maximum)
    }

    /// A turn has ended: its place goes to the next.
    func ended(of user: Principal, maximum: Int) {
        queue.withLock { $0.done(user) }
        beginNext(maximum)
    }

    /// Takes a turn that has not begun out of the queue.
    ///
    /// - Returns: Whether it was there.
    func remove(_ turn: TurnID, of user: Principal) -> Bool {
        queue.withLock { $0.remove(of: user) { $0.turn == turn } } != nil
    }

    private func beginNext(_ maximum: Int) {
        while let waiting = queue.withLock({ $0.inHandCount < maximum ? $0.next()?.job : nil }) { waiting.begin() }
    }
}
