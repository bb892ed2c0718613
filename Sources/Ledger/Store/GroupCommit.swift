public import Wire

/// How a store that writes several commits in one transaction finds the outcome of each. A failure of the transaction may
/// be due to one commit alone, and may be reported for what was written, as on a network file system.
public enum GroupCommit {
    /// Writes the commits together; if that fails, looks for each in the journal, and writes those alone that are not
    /// there, so that one damaged session does not fail the others.
    ///
    /// - Parameters:
    ///   - commits: What to write. Of one session there may be several, in order; behind one that was not stored the
    ///     others have the same outcome.
    ///   - write: Writes commits in one transaction, all but those that are fenced, and returns for each whether it was
    ///     stored. When it throws ``StoreError/notNow(_:retryAfter:)``, nothing was written; after any other error, all
    ///     or nothing.
    ///   - isWritten: Whether the entries of a commit are in the journal.
    /// - Returns: The outcomes, in the order of the commits.
    public static func outcomes(
        of commits: [LeasedCommit], writing write: ([LeasedCommit]) throws(StoreError) -> [Bool],
        reading isWritten: (Commit) throws(StoreError) -> Bool
    ) -> [CommitOutcome] {
        // Only a bug makes such a commit; the journal must not have a gap all the same.
        guard commits.allSatisfy(\.commit.isDense) else {
            let sound = outcomes(of: commits.filter(\.commit.isDense), writing: write, reading: isWritten)
            return merge(sound, into: commits)
        }
        let failure: StoreError
        do throws(StoreError) {
            return try write(commits).map { $0 ? .stored : .fenced }
        } catch {
            failure = error
        }
        if let retryAfter = failure.retryAfter { return commits.map { _ in .unavailable(retryAfter: retryAfter) } }
        var ended: [SessionID: CommitOutcome] = [:]
        return commits.map { leased in
            let session = leased.commit.session
            if let before = ended[session], before != .stored { return before }
            let outcome = outcome(of: leased.commit, after: failure, isWritten)
            guard case .refused = outcome, commits.count > 1 else {
                ended[session] = outcome
                return outcome
            }
            let alone = outcomes(of: [leased], writing: write, reading: isWritten)[0]
            ended[session] = alone
            return alone
        }
    }

    private static func merge(_ outcomes: [CommitOutcome], into commits: [LeasedCommit]) -> [CommitOutcome] {
        var outcomes = outcomes.makeIterator()
        return commits.map { leased in
            guard leased.commit.isDense, let outcome = outcomes.next() else {
                return .refused(
                    .failed(
                        "a commit of session \(leased.commit.session) has a gap behind entry"
                            + " \(leased.commit.expectedHead), and was not written"))
            }
            return outcome
        }
    }

    /// The outcome of a commit that failed, by what is in the journal.
    private static func outcome(
        of commit: Commit, after failure: StoreError, _ isWritten: (Commit) throws(StoreError) -> Bool
    ) -> CommitOutcome {
        do throws(StoreError) {
            return try isWritten(commit) ? .stored : .refused(failure)
        } catch {
            // Damage lasts, and waiting for it to pass would keep the session's turn from ever ending.
            return error.isDamage ? .refused(error) : .unknown(failure)
        }
    }
}
