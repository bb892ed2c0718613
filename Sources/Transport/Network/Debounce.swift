import NIOCore

/// Makes one report of a burst: the first event opens a window, and what comes while it is open belongs to the same
/// report, which is made when it ends. So there is at most one report in any window, and none is late by more than one.
///
/// ```
/// events   x xx x          x        xxxxxxxxxxxx
/// windows  [----]          [----]   [----][----]
/// reports       r               r        r     r
/// ```
struct Debounce {
    /// How long a window is open.
    let window: TimeAmount
    private var isOpen = false

    /// A debounce with no window open.
    init(window: TimeAmount) { self.window = window }

    /// Something happened.
    ///
    /// - Returns: When to report it; `nil` when the report that is due already tells of it as well.
    mutating func happened(at now: NIODeadline) -> NIODeadline? {
        guard !isOpen else { return nil }
        isOpen = true
        return now + window
    }

    /// The window ended, and the report is being made.
    mutating func reported() { isOpen = false }
}
