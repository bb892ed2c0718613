import Platform
public import Wire

/// Runs the turns of a back end that works in this process, so that a cancel reaches the one that runs.
public final class InProcessTurns: Sendable {
    private enum State {
        case idle
        /// The turn was cancelled before it began.
        case cancelled(TurnID)
        case running(TurnID, Task<TurnEnd, any Error>)
        case closed
    }

    private let state = Locked(State.idle)

    /// Creates a runner without a turn.
    public init() {}

    /// Runs a turn in a task of its own, and waits for it.
    ///
    /// - Throws: What the work throws; `CancellationError` when the turn was cancelled before it began, or the session
    ///   was closed.
    public func run(
        _ turn: TurnID, _ work: @escaping @Sendable () async throws -> TurnEnd
    ) async throws -> TurnEnd {
        let task = state.withLock { state -> Task<TurnEnd, any Error>? in
            switch state {
            case .closed: return nil
            case .cancelled(turn):
                state = .idle
                return nil
            case .idle, .cancelled, .running:
                let task = Task { try await work() }
                state = .running(turn, task)
                return task
            }
        }
        guard let task else { throw CancellationError() }
        defer {
            state.withLock { state in if case .running(turn, _) = state { state = .idle } }
        }
        // Awaited here, so the task is as structured as its caller: whoever cancels that one cancels this.
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Cancels a turn that runs, or that comes next.
    public func cancel(_ turn: TurnID) {
        let task = state.withLock { state -> Task<TurnEnd, any Error>? in
            switch state {
            case .running(turn, let task): return task
            case .idle, .cancelled: state = .cancelled(turn)
            case .running, .closed: break
            }
            return nil
        }
        // Not within the lock: a cancel runs the handlers of whatever the turn waits for.
        task?.cancel()
    }

    /// Cancels the turn that runs, and begins no other.
    public func close() {
        let task = state.withLock { state -> Task<TurnEnd, any Error>? in
            defer { state = .closed }
            if case .running(_, let task) = state { return task }
            return nil
        }
        task?.cancel()
    }
}
