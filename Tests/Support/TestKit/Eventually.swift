/// Waits until the condition holds, looking again after 1, 2, 4 … 32 ms.
///
/// For what another process or thread does and does not announce; a test that can wait for an event itself waits for
/// that. The time is a bound, not a delay: a test that passes takes as long as the thing takes.
///
/// - Returns: Whether the condition came to hold in time; check it with `#expect`.
public func eventually(
    within limit: Duration = .seconds(60), _ condition: @Sendable () async throws -> Bool
) async rethrows -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var pause = Duration.milliseconds(1)
    while true {
        if try await condition() { return true }
        guard clock.now < deadline, !Task.isCancelled else { return false }
        // A cancelled sleep ends the loop above with a last look at the condition.
        try? await clock.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(32))
    }
}
