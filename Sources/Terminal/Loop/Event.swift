public import Screen

/// An event that ends the sleep of the main thread.
public enum Event: Hashable, Sendable {
    /// Keys were pressed, in this order.
    case keys([Key])
    /// A paste was longer than the bound: so many bytes at the end of the text in ``keys(_:)`` are missing.
    case pasteCut(bytes: Int)
    /// The terminal has said which colour its background has.
    case background(RGB)
    /// The terminal can display only these characters in the columns that they are laid out for.
    case glyphs(GlyphSet)
    /// Files with these names were written, in a folder of the ``FileWatch``.
    case filesChanged(Set<String>)
    /// The terminal has a new size, which the next frame must have.
    case resized(Size)
    /// Another thread has called ``Wakeup/wake()``.
    case woken
    /// SIGINT, SIGTERM or SIGHUP asks the program to end.
    case signal(Int32)
    /// The terminal was closed: it can neither show nor send anything.
    case closed
    /// The time-out has passed without another event.
    case timedOut
}
