import NIOCore

/// Joins a burst of events to one report: the first event opens a window, and the report is made at its end for all
/// events in it. So there is at most one report per window, and none is later than one window.
///
/// ```
/// events   x xx x          x        xxxxxxxxxxxx
/// windows  [----]          [----]   [----][----]
/// reports       r               r        r     r
/// ```
struct Debounce {
    /// The length of the window.
    let window: TimeAmount
    private var isOpen = false

    /// Creates a debounce with no open window.
    init(window: TimeAmount) { self.window = window }

    /// An event happened.
    ///
    /// - Returns: When to make the report; `nil` when one is due already.
    mutating func happened(at now: NIODeadline) -> NIODeadline? {
        guard !isOpen else { return nil }
        isOpen = true
        return now + window
    }

    /// The window has ended, and the report is being made.
    mutating func reported() { isOpen = false }
}
