import CProcess

/// A timer of the kernel on the clock of ``SystemClock/sinceBoot``: a moment that passes while the machine is suspended
/// is over at once when it wakes (timerfd_create(2)). The clock of poll(2) stands still meanwhile.
public enum BootTimer {
    /// Opens a timer that is not set; its descriptor is readable when the moment has come. `nil` when there is none.
    public static func open() -> Int32? {
        let descriptor = system_boot_timer_open()
        return descriptor < 0 ? nil : descriptor
    }

    /// Sets a timer to a moment, in nanoseconds since boot; one that is past is over at once.
    public static func set(_ descriptor: Int32, to nanoseconds: Int64) {
        _ = system_boot_timer_set(descriptor, max(nanoseconds, 1))
    }
}
