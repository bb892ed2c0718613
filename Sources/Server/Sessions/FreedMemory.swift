import Platform
import Wire

/// Whether sessions have left freed memory behind, and when it is given back to the system.
///
/// The allocator keeps what is freed. A server that once held many sessions stays as large as it was, and so does one that
/// has read many: a session of 400 turns takes 91 KiB when it was loaded, of which 68 are what it was read with.
struct FreedMemory: Sendable {
    /// The least time between two times. The allocator's locks are held meanwhile, and every thread that needs memory
    /// waits for them.
    static let interval = Duration.seconds(60)

    private var isWaiting = false
    private(set) var returnedAt: Instant?

    /// Notes that a session was loaded, or has left memory.
    mutating func add() { isWaiting = true }

    /// Whether to call ``giveBack()`` now; then it counts as done.
    mutating func takeIfDue(at now: Instant) -> Bool {
        guard isWaiting, returnedAt.map({ now - $0 >= FreedMemory.interval }) ?? true else { return false }
        (isWaiting, returnedAt) = (false, now)
        return true
    }

    /// Gives freed memory back to the system; not called on an event loop.
    static func giveBack() { HeapMemory.giveBackFreed() }
}
