public import Synchronization

/// A value that several threads use, one at a time.
///
/// `Mutex` is not used directly. On Linux its lock holds the number of the thread, which the standard library keeps in
/// thread-local storage and reads in code that is inlined. In an asynchronous function the optimizer may find the place of
/// that storage once and go on with it behind a suspension, where another thread runs: the lock is then taken in the name
/// of a thread that does not hold it, and unlocking it ends the process. Here the lock is taken and given back in a
/// function that is never inlined, and so by one thread.
public struct Locked<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>

    /// Puts a value behind a lock.
    @inlinable
    public init(_ value: consuming sending Value) { mutex = Mutex(value) }

    /// Runs the closure while no other thread uses the value. Not recursive: the closure must not lock it again.
    ///
    /// - Parameter body: Reads and changes the value; short, since other threads wait for it.
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws.
    @inlinable @inline(never)
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
