import DequeModule
public import Wire

/// The end of a session that is deleted, found damaged, or taken by another server, while requests or an agent wait in
/// it.
extension SessionLedger {
    /// Answers and stops everything that waits. The ledger must not be used again.
    ///
    /// - Parameter failure: What is damaged, or ``StoreError/notNow(_:retryAfter:)`` for a session that was taken;
    ///   `nil` for one that was deleted.
    /// - Returns: Effects that answer waiting requests with `unknown_session`, stop and release the agent, and close
    ///   the connections that watch with 1001, so that they come back and learn of the deletion. After a failure the
    ///   answers give that as the reason, and so does the close code: 1012 with the delay for a session that was taken,
    ///   1013 for damage.
    public mutating func abandon(because failure: StoreError? = nil) -> [LedgerEffect] {
        let gone =
            failure?.rpcError()
            ?? RPCError(.resourceNotFound, "the session \(record.id) was deleted", reason: "unknown_session")
        var effects: [LedgerEffect] = []
        if let turn = state.runningTurn?.id { effects.append(.stop(turn)) }
        var waiting = waiters.values.flatMap(\.self)
        for draft in Array(drafts) + (inFlight?.drafts ?? []) {
            switch draft {
            case .prompt(_, _, let waiter): waiting.append(waiter)
            case .output(_, let correlations, _): effects += correlations.map { .release($0) }
            case .question, .resolution, .end: break
            }
        }
        effects += waiting.map { .respond($0.connection, $0.request, .failure(gone)) }
        for subscriber in subscribers.values {
            effects += subscriber.held.map { held in
                .respond(subscriber.connection, held.request, .failure(gone))
            }
            let (code, delay): (CloseCode, Int64) =
                switch (failure, failure?.retryAfter) {
                case (nil, _): (.goingAway, 0)
                case (_?, nil): (.tryAgainLater, 2_000)
                case (_?, let delay?): (.serviceRestart, delay.milliseconds)
                }
            effects.append(.close(subscriber.connection, code, "retry_after_ms=\(delay); \(gone.message)"))
        }
        let cancelled = askers.map { key, correlations in
            let answer = state.openQuestion(key)?.question.cancelledAnswer ?? .null
            return correlations.map { LedgerEffect.answer($0, answer) }
        }
        effects += cancelled.flatMap(\.self)
        (waiters, askers, subscribers, drafts, inFlight) = ([:], [:], [:], [], nil)
        return effects
    }
}
