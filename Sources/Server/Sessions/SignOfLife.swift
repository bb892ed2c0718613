import Synchronization
import Wire

/// When the clients of a session gave their last sign of life. Connections write it from their own event loops, so that
/// a frame costs the session's actor nothing.
final class SignOfLife: Sendable {
    private let latest: Atomic<Int64>
    private let stored: Atomic<Int64>

    /// - Parameter instant: The last one that is stored.
    init(_ instant: Instant) {
        latest = Atomic(instant.nanoseconds)
        stored = Atomic(instant.nanoseconds)
    }

    /// The last one.
    var instant: Instant { Instant(nanoseconds: latest.load(ordering: .relaxed)) }

    /// Notes one; an earlier one than the last changes nothing.
    func note(_ instant: Instant) { latest.max(instant.nanoseconds, ordering: .relaxed) }

    /// The last one, unless it is stored; it counts as stored from now on.
    func takeUnstored() -> Instant? {
        let latest = latest.load(ordering: .relaxed)
        return stored.exchange(latest, ordering: .relaxed) == latest ? nil : Instant(nanoseconds: latest)
    }

    /// What was taken could not be stored: it is taken again.
    func putBack() { stored.store(.min, ordering: .relaxed) }
}
