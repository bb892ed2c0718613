import CProcess
import Wire

/// Whether evicted sessions have left freed memory behind, and when it is given back to the system.
///
/// The allocator keeps what is freed: a server that once held many sessions stays as large as it was. Of a session with
/// 40 turns 174 KiB remain after its eviction, and 10 when the allocator was asked to give back the rest.
struct FreedMemory: Sendable {
    /// The least time between two times. The allocator's locks are held meanwhile, and every thread that needs memory
    /// waits for them.
    static let interval = Duration.seconds(60)

    private var isWaiting = false
    private(set) var returnedAt: Instant?

    /// Notes that a session has left memory.
    mutating func add() { isWaiting = true }

    /// Whether to call ``giveBack()`` now; then it counts as done.
    mutating func takeIfDue(at now: Instant) -> Bool {
        guard isWaiting, returnedAt.map({ now - $0 >= FreedMemory.interval }) ?? true else { return false }
        (isWaiting, returnedAt) = (false, now)
        return true
    }

    /// Gives freed memory back to the system. It walks through the whole heap, so it is not called on the event loop.
    static func giveBack() { system_return_freed_memory() }
}
