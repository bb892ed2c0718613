/// Does something again until it has once taken less time than a delay that it must not wait for.
///
/// A wait for a delay takes the delay each time, on any machine, so one attempt that is shorter proves that there is no
/// such wait. A single attempt proves nothing when it takes long: a busy machine does that as well. Use it instead of a
/// bound on the time of one attempt.
///
/// - Parameters:
///   - delay: The delay.
///   - attempts: When to give up; at least one.
/// - Returns: How long the shortest attempt took. Check with `#expect` that it is less than the delay.
public func fastest(
    below delay: Duration, attempts: Int = 100, _ attempt: () async throws -> Void
) async rethrows -> Duration {
    let clock = ContinuousClock()
    var shortest = try await clock.measure(attempt)
    for _ in 1..<max(1, attempts) where shortest >= delay {
        shortest = min(shortest, try await clock.measure(attempt))
    }
    return shortest
}
