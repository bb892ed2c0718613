import CTerminal
import Glibc

/// How other threads wake the main thread, which sleeps in the loop.
///
/// What they have to say goes into a queue of their own choice first; waking comes after, and many wakings before the
/// main thread looks are one. So whoever is woken empties the queue.
public final class Wakeup: Sendable {
    /// What to poll.
    let descriptor: Int32

    /// A wake-up nobody has asked for yet.
    public init() throws(TerminalError) {
        descriptor = terminal_wakeup_open()
        guard descriptor >= 0 else { throw .system(call: "eventfd", code: errno) }
    }

    deinit { close(descriptor) }

    /// Wakes the main thread, from any thread.
    public func wake() { terminal_wakeup_raise(descriptor) }

    /// Takes the wake-up. It comes before the queue is emptied: what is put there afterwards wakes again.
    func clear() { terminal_wakeup_clear(descriptor) }
}
