import Testing
import Wire

@testable import Ledger

/// What retention finds in the store is deleted only if nobody knows of a later sign of life.
@Suite struct RetentionTests {
    private let limits = Limits(expire: .seconds(100), archive: .seconds(1_000))
    private let now = Moment(instant: Instant(nanoseconds: 5_000 * 1_000_000_000), timestamp: 0)

    private func isConfirmed(_ isAbandoned: Bool?, unstoredAt seconds: Int64?) -> Bool {
        let unstored = seconds.map { Instant(nanoseconds: $0 * 1_000_000_000) }
        return limits.confirmsAbandoned(isAbandoned: isAbandoned, unstored: unstored, at: now)
    }

    @Test func whatNobodyKnowsBetterIsAbandoned() {
        #expect(isConfirmed(nil, unstoredAt: nil))
        #expect(isConfirmed(true, unstoredAt: nil))
        #expect(isConfirmed(nil, unstoredAt: 3_899))
    }

    /// The store takes no signs of life while its disk is full.
    @Test func aLaterSignOfLifeKeepsASession() {
        #expect(!isConfirmed(false, unstoredAt: nil), "a session in memory")
        #expect(!isConfirmed(nil, unstoredAt: 3_900), "one that has left memory")
        #expect(!isConfirmed(true, unstoredAt: 4_999))
    }
}
