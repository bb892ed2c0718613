import Dispatch

/// A gate that threads wait at until a test opens it.
///
/// It blocks the thread that passes, as a resolver, a disk or an event loop that hangs would; a task waits with
/// ``eventually(within:_:)`` instead.
public final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// A gate that is shut.
    public init() {}

    /// Waits until the gate is open.
    public func pass() {
        semaphore.wait()
        semaphore.signal()
    }

    /// Opens it for good.
    public func open() { semaphore.signal() }
}
