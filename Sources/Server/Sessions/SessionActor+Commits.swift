import FailPoints
import Ledger
import Logging
import NIOCore
import Wire

/// Commits: written by the ``GroupCommitter``, whose outcomes come back as events.
extension SessionActor {
    /// The delay before a commit is tried again, or one with an unknown outcome is checked again.
    private static let retryInterval = TimeAmount.seconds(1)

    func write(_ commit: Commit) {
        let leased = LeasedCommit(commit, under: lease)
        services.committer.add(leased, of: principal) { outcome in self.post { $0.ended(leased, outcome) } }
    }

    private func ended(_ leased: LeasedCommit, _ outcome: CommitOutcome) {
        guard !isGone else { return }
        switch outcome {
        case .stored:
            services.usage.count(leased.commit.bytes, of: principal)
            FailPoint.hit("server.deliver", scope: id.rawValue)
            handle(.committed)
        // Nothing was written. A load that raced with the one of this session may have taken the newer lease for it.
        case .fenced where leased.lease.token < lease.token: write(leased.commit)
        case .fenced: fence(lease.token)
        case .refused(let failure) where failure.isDamage: setAside(because: failure)
        case .refused(let failure):
            services.note(.error, "commit failed", of: principal, ["session": id.rawValue, "error": "\(failure)"])
            handle(.commitFailed(failure))
        case .unavailable(let delay):
            services.note(.warning, "commit refused for now", of: principal, ["session": id.rawValue])
            handle(
                .commitFailed(
                    .notNow(.unreachable("the store cannot be written to just now"), retryAfter: delay)))
        case .unknown(let failure):
            services.note(
                .error, "commit with unknown outcome", of: principal,
                ["session": id.rawValue, "error": "\(failure)"])
            loop.scheduleTask(in: SessionActor.retryInterval) { self.assumeIsolated { $0.settle(leased, failure) } }
        }
    }

    /// Asks what became of a commit. Not of a session that has left memory, which another server may have by now: to ask
    /// takes a new lease.
    private func settle(_ leased: LeasedCommit, _ failure: StoreError) {
        guard !isGone else { return }
        services.committer.settle(leased, after: failure) { outcome, lease in
            self.post { session in
                if let lease, session.isGone { session.services.release([lease]) }
                if let lease { session.adopt(lease) }
                session.ended(leased, outcome)
            }
        }
    }

    func retryLater() {
        loop.scheduleTask(in: SessionActor.retryInterval) { self.assumeIsolated { $0.retry() } }
    }

    private func retry() {
        guard !isGone else { return }
        let now = services.clock.now
        perform(change { $0.retryCommit(at: now) })
    }
}
