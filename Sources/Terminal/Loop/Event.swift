public import Screen

/// What ends the sleep of the main thread.
public enum Event: Hashable, Sendable {
    /// Keys were pressed, in this order.
    case keys([Key])
    /// A paste was too long: so many of its bytes are missing from the end of what ``keys(_:)`` brought.
    case pasteCut(bytes: Int)
    /// The terminal has another size. What was painted for the old one is to be painted for this one.
    case resized(Size)
    /// Another thread has something to say.
    case woken
    /// Somebody asks the program to end: SIGINT, SIGTERM or SIGHUP.
    case signal(Int32)
    /// The terminal is gone. Nothing can be shown or typed any more.
    case closed
    /// Nothing came for as long as was asked.
    case timedOut
}
