import Ledger
import Testing
import Wire

/// The outcome of each commit of a transaction that failed, or that is reported to have failed.
@Suite struct GroupCommitTests {
    /// A store of which a test says when it fails: before it has written, or behind that.
    private final class Store {
        enum Failure { case before(StoreError), behind(StoreError) }

        /// For each attempt; `nil` for one that succeeds.
        var failures: [Failure?] = []
        /// For each read.
        var readFailures: [StoreError?] = []
        var fenced: Set<SessionID> = []
        private(set) var written: [SessionID] = []
        /// The sessions of each attempt.
        private(set) var attempts: [[SessionID]] = []

        func write(_ commits: [LeasedCommit]) throws(StoreError) -> [Bool] {
            attempts.append(commits.map(\.commit.session))
            let failure = failures.isEmpty ? nil : failures.removeFirst()
            if case .before(let error) = failure { throw error }
            let isStored = commits.map { !fenced.contains($0.commit.session) }
            written += zip(commits, isStored).filter(\.1).map(\.0.commit.session)
            if case .behind(let error) = failure { throw error }
            return isStored
        }

        func isWritten(_ commit: Commit) throws(StoreError) -> Bool {
            if let error = readFailures.isEmpty ? nil : readFailures.removeFirst() { throw error }
            return written.contains(commit.session)
        }

        func outcomes(of commits: LeasedCommit...) -> [CommitOutcome] {
            GroupCommit.outcomes(
                of: commits, writing: { commits throws(StoreError) in try write(commits) },
                reading: { commit throws(StoreError) in try isWritten(commit) })
        }
    }

    private let store = Store()
    private let failure = StoreError.failed("disk I/O error")

    private func leased(_ session: SessionID, _ seqs: Seq...) -> LeasedCommit {
        LeasedCommit(
            Commit(session: session, expectedHead: 0, entries: seqs.map { entry($0, note("x")) }, prompts: []),
            under: Lease(session: session, node: "a", token: FencingToken(rawValue: 1), expiresAt: nil))
    }

    @Test func oneTransactionIsEnough() {
        store.fenced = ["b"]
        #expect(store.outcomes(of: leased("a", 1), leased("b", 1), leased("c", 1)) == [.stored, .fenced, .stored])
        #expect(store.attempts == [["a", "b", "c"]])
    }

    @Test func eachIsWrittenAloneWhenAllFailed() {
        store.failures = [.before(failure), .before(.damaged("a", "it")), nil]
        #expect(store.outcomes(of: leased("a", 1), leased("b", 1)) == [.refused(.damaged("a", "it")), .stored])
        #expect(store.attempts == [["a", "b"], ["a"], ["b"]])
    }

    @Test func oneThatIsAloneIsNotWrittenTwice() {
        store.failures = [.before(failure)]
        #expect(store.outcomes(of: leased("a", 1)) == [.refused(failure)])
        #expect(store.attempts == [["a"]])
    }

    @Test func whatWasWrittenAndReportedAsFailedIsStored() {
        store.failures = [.behind(failure)]
        #expect(store.outcomes(of: leased("a", 1), leased("b", 1)) == [.stored, .stored])
        #expect(store.attempts == [["a", "b"]])
        store.failures = [.before(failure), .behind(failure)]
        #expect(store.outcomes(of: leased("c", 1), leased("d", 1)) == [.stored, .stored])
    }

    @Test func whatCannotBeReadIsUnknownUnlessItIsDamaged() {
        store.failures = [.before(failure)]
        store.readFailures = [.failed("cannot read"), .damaged("b", "it")]
        let outcomes = store.outcomes(of: leased("a", 1), leased("b", 1))
        #expect(outcomes[0] == .unknown(failure), "and is not written again")
        #expect(outcomes[1] == .stored, "what is damaged is tried alone")
    }

    @Test func aStoreThatHasNoTimeHasWrittenNothing() {
        store.failures = [.before(.late)]
        let unavailable = CommitOutcome.unavailable(retryAfter: StoreError.Obstacle.retryDefault)
        #expect(store.outcomes(of: leased("a", 1), leased("b", 1)) == [unavailable, unavailable])
        #expect(store.attempts == [["a", "b"]], "it is not asked again for each")
    }

    @Test func aGapIsNeverWritten() {
        let outcomes = store.outcomes(of: leased("a", 1), leased("b", 2), leased("c", 1, 3), leased("d", 1, 2))
        #expect(outcomes[0] == .stored && outcomes[3] == .stored)
        for outcome in outcomes[1...2] {
            guard case .refused(.failed(let sentence)) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(sentence.contains("has a gap behind entry 0"))
        }
        #expect(store.attempts == [["a", "d"]])
    }

    @Test func behindOneThatWasNotStoredNothingOfItsSessionIs() {
        let more = LeasedCommit(
            Commit(session: "a", expectedHead: 1, entries: [entry(2, note("x"))], prompts: []),
            under: leased("a").lease)
        store.failures = [.before(failure), .before(.full("disk")), nil]
        #expect(
            store.outcomes(of: leased("a", 1), more, leased("b", 1)) == [
                .refused(.full("disk")), .refused(.full("disk")), .stored,
            ])
        #expect(store.attempts == [["a", "a", "b"], ["a"], ["b"]])
    }
}
