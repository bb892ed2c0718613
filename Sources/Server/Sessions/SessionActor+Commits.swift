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
        services.committer.add(commit, of: principal) { outcome in self.post { $0.ended(commit, outcome) } }
    }

    private func ended(_ commit: Commit, _ outcome: GroupCommitter.Outcome) {
        guard !isGone else { return }
        switch outcome {
        case .stored:
            services.usage.count(commit.bytes, of: principal)
            FailPoint.hit("server.deliver", scope: id.rawValue)
            handle(.committed)
        case .refused(let failure) where failure.isDamage: setAside(because: failure)
        case .refused(let failure):
            services.note(.error, "commit failed", of: principal, ["session": id.rawValue, "error": "\(failure)"])
            handle(.commitFailed(failure))
        case .unknown(let failure):
            services.note(
                .error, "commit with unknown outcome", of: principal,
                ["session": id.rawValue, "error": "\(failure)"])
            loop.scheduleTask(in: SessionActor.retryInterval) {
                self.services.committer.settle(commit, after: failure) { outcome in
                    self.post { $0.ended(commit, outcome) }
                }
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
