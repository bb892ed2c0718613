extension Task where Failure == any Error {
    /// The task's value, for one of several that wait for it: a caller that is cancelled waits no longer, and the task goes
    /// on.
    ///
    /// - Throws: What the task throws; `CancellationError` when the caller's task is cancelled.
    public var valueUnlessCancelled: Success {
        get async throws {
            let waiting = Locked<CheckedContinuation<Success, any Error>?>(nil)
            let take: @Sendable () -> CheckedContinuation<Success, any Error>? = {
                waiting.withLock { waiting in
                    defer { waiting = nil }
                    return waiting
                }
            }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    waiting.withLock { $0 = continuation }
                    if Task<Never, Never>.isCancelled { take()?.resume(throwing: _Concurrency.CancellationError()) }
                    Task<Void, Never> {
                        let result = await self.result
                        take()?.resume(with: result)
                    }
                }
            } onCancel: {
                take()?.resume(throwing: _Concurrency.CancellationError())
            }
        }
    }

    /// Waits for the task's end, whatever it is, but no longer than this; the task goes on.
    public func wait(atMost limit: Duration) async where Success: Sendable {
        _ = try? await withTimeLimit(limit) {
            _Concurrency.CancellationError()
        } _: {
            try await self.valueUnlessCancelled
        }
    }
}
