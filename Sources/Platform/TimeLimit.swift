/// Runs something within a time.
///
/// - Parameters:
///   - limit: The time-out. When it passes, the body's task is cancelled and awaited.
///   - failure: The error to throw then.
/// - Throws: What the body throws; the failure; `CancellationError` when the caller's task is cancelled.
public func withTimeLimit<Value: Sendable>(
    _ limit: Duration, orThrow failure: @escaping @Sendable () -> any Error,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw failure()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
