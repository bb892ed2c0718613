import CTerminal
import Glibc

/// Wakes the main thread, which sleeps in ``Loop``, from other threads (eventfd(2)).
///
/// Data goes into the caller's own queue before ``wake()``. Several calls before the main thread runs are one wake-up,
/// so the main thread has to empty the queue.
public final class Wakeup: Sendable {
    /// The descriptor that the loop polls.
    let descriptor: Int32

    /// Creates a wake-up that is not signalled.
    public init() throws(TerminalError) {
        descriptor = terminal_wakeup_open()
        guard descriptor >= 0 else { throw .system(call: "eventfd", code: errno) }
    }

    deinit { close(descriptor) }

    /// Wakes the main thread; may be called from any thread.
    public func wake() { terminal_wakeup_raise(descriptor) }

    /// Resets the wake-up. Called before the queue is emptied, so that data which is added afterwards signals again.
    func clear() { terminal_wakeup_clear(descriptor) }
}
