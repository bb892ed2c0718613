import DequeModule
public import Wire

/// The end of a session that is deleted, or found damaged, while requests or an agent wait in it.
extension SessionLedger {
    /// Answers and stops everything that waits. The ledger must not be used again.
    ///
    /// - Parameter damage: What is damaged; `nil` for a session that was deleted.
    /// - Returns: Effects that answer waiting requests with `unknown_session`, stop and release the agent, and close
    ///   the connections that watch with 1001, so that they come back and learn of the deletion. After damage the
    ///   answers and the close code 1013 give that as the reason.
    public mutating func abandon(because damage: StoreError? = nil) -> [LedgerEffect] {
        let gone =
            damage.map { RPCError(.internalError, $0.remoteDescription, reason: $0.reason) }
            ?? RPCError(.resourceNotFound, "the session \(record.id) was deleted", reason: "unknown_session")
        var effects: [LedgerEffect] = []
        if let turn = state.runningTurn?.id { effects.append(.stop(turn)) }
        var waiting = waiters.values.flatMap(\.self)
        for draft in Array(drafts) + (inFlight?.drafts ?? []) {
            switch draft {
            case .prompt(_, _, let waiter): waiting.append(waiter)
            case .output(_, let tickets, _): effects += tickets.map { .release($0) }
            case .question, .resolution, .end: break
            }
        }
        effects += waiting.map { .respond($0.connection, $0.request, .failure(gone)) }
        for subscriber in subscribers.values {
            effects += subscriber.held.map { held in
                .respond(subscriber.connection, held.request, .failure(gone))
            }
            effects.append(
                damage.map {
                    .close(subscriber.connection, .tryAgainLater, "retry_after_ms=2000; \($0.remoteDescription)")
                }
                    ?? .close(subscriber.connection, .goingAway, "retry_after_ms=0; \(gone.message)"))
        }
        let cancelled = askers.map { key, tickets in
            let answer = state.openQuestion(key)?.question.cancelledAnswer ?? .null
            return tickets.map { LedgerEffect.answer($0, answer) }
        }
        effects += cancelled.flatMap(\.self)
        (waiters, askers, subscribers, drafts, inFlight) = ([:], [:], [:], [], nil)
        return effects
    }
}
