import Ledger
import Testing
import Wire

/// Who may serve a session, and for how long.
@Suite struct LeaseTableTests {
    private static func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    private let ttl = Duration.seconds(10)

    @Test func oneProcessAlwaysGetsTheNextLease() throws {
        var table = LeaseTable(.oneProcess)
        let first = try table.grant("s", to: "a", ttl: ttl, at: Self.at(0))
        let second = try table.grant("s", to: "b", ttl: ttl, at: Self.at(0))
        #expect(first.expiresAt == nil && !first.hasLapsed(at: Self.at(1_000_000)))
        #expect(!table.isNewest(first) && table.isNewest(second) && second.token > first.token)
        #expect(table.owner(of: "s", at: Self.at(1_000_000)) == "b")
        #expect(table.owner(of: "t", at: Self.at(0)) == nil)
    }

    @Test func aNodeWaitsForTheLeaseOfAnother() throws {
        var table = LeaseTable(.severalNodes)
        let first = try table.grant("s", to: "a", ttl: ttl, at: Self.at(0))
        #expect(first.expiresAt == Self.at(10))
        #expect(throws: StoreError.notNow(.ownedElsewhere("s", by: "a"), retryAfter: .seconds(3))) {
            try table.check("s", for: "b", at: Self.at(7))
        }
        #expect(!first.hasLapsed(at: Self.at(9)) && first.hasLapsed(at: Self.at(10)))
        #expect(table.owner(of: "s", at: Self.at(9)) == "a" && table.owner(of: "s", at: Self.at(10)) == nil)
        let second = try table.grant("s", to: "b", ttl: ttl, at: Self.at(10))
        #expect(table.isNewest(second) && !table.isNewest(first))
    }

    @Test func aRefusedGrantChangesNothing() throws {
        var table = LeaseTable(.severalNodes)
        let lease = try table.grant("s", to: "a", ttl: ttl, at: Self.at(0))
        let last = table.lastToken
        #expect(throws: StoreError.self) { _ = try table.grant("s", to: "b", ttl: ttl, at: Self.at(1)) }
        #expect(table.isNewest(lease) && table.lastToken == last)
    }

    @Test func renewalPutsTheEndOff() throws {
        var table = LeaseTable(.severalNodes)
        let lease = try table.grant("s", to: "a", ttl: ttl, at: Self.at(0))
        let prolonged = table.renew(lease, ttl: ttl, at: Self.at(8))
        let renewed = try #require(prolonged)
        #expect(renewed.token == lease.token && renewed.expiresAt == Self.at(18))
        #expect(table.isNewest(lease), "it is the same lease")
        #expect(table.owner(of: "s", at: Self.at(17)) == "a")
        let taken = try table.grant("s", to: "b", ttl: ttl, at: Self.at(18))
        let again = table.renew(renewed, ttl: ttl, at: Self.at(19))
        #expect(again == nil && table.isNewest(taken))
    }

    @Test func whatIsGivenBackOrRevokedIsFree() throws {
        var table = LeaseTable(.severalNodes)
        let old = try table.grant("s", to: "a", ttl: ttl, at: Self.at(0))
        let new = try table.grant("s", to: "a", ttl: ttl, at: Self.at(0))
        table.release(old)
        #expect(table.isNewest(new))
        table.release(new)
        #expect(!table.isNewest(new))
        let next = try table.grant("s", to: "b", ttl: ttl, at: Self.at(0))
        #expect(next.token > new.token)
        table.revoke("s")
        #expect(!table.isNewest(next))
        let (one, two) = (
            try table.grant("s", to: "b", ttl: ttl, at: Self.at(0)),
            try table.grant("t", to: "c", ttl: ttl, at: Self.at(0))
        )
        table.revokeAll()
        #expect(!table.isNewest(one) && !table.isNewest(two))
    }

    /// A table that is made anew does not issue the tokens of the one before.
    @Test func tokensGoOnBehindThoseOfAnEarlierTable() throws {
        var before = LeaseTable(.oneProcess)
        let lease = try before.grant("s", to: "a", ttl: ttl, at: Self.at(0))
        var after = LeaseTable(.oneProcess, after: before.lastToken)
        let next = try after.grant("s", to: "a", ttl: ttl, at: Self.at(0))
        #expect(next.token > lease.token)
    }
}
