public import Wire

/// A commit of which it is not known whether it was written.
extension JournalStore {
    /// Finds out what became of a commit whose outcome is unknown: takes a new lease of its session, which fences the
    /// commit if it is still on its way, and looks at the journal behind that.
    ///
    /// - Parameters:
    ///   - leased: The commit.
    ///   - failure: The error with which its outcome became unknown.
    ///   - ttl: When the new lease lapses.
    /// - Returns: The outcome, which may still be `.unknown`, and the lease under which the session goes on; `nil` when none
    ///   was granted.
    public func settle(
        _ leased: LeasedCommit, after failure: StoreError, ttl: Duration, by deadline: Deadline
    ) -> (outcome: CommitOutcome, lease: Lease?) {
        let commit = leased.commit
        do throws(StoreError) {
            let found = try acquire(commit.session, of: nil, node: leased.lease.node, ttl: ttl, by: deadline)
            // A session that was deleted is nobody's any more.
            guard let found else { return (.fenced, nil) }
            let last = found.session.tail.last
            if last != nil, last == commit.entries.last { return (.stored, found.lease) }
            guard found.session.record.headSeq == commit.expectedHead else { return (.fenced, found.lease) }
            return (.refused(failure), found.lease)
        } catch {
            if error.isDamage { return (.refused(error), nil) }
            return (error.isOwnedElsewhere ? .fenced : .unknown(failure), nil)
        }
    }
}
