import Ledger
import Testing
import Wire

@testable import Server

/// Tokens of open connections are read when they are new or when one was revoked, and expire by the clock.
@Suite struct TokenWatchTests {
    private func record(_ id: String, expiresAt: Timestamp? = nil, revokedAt: Timestamp? = nil) -> TokenRecord {
        TokenRecord(
            id: id, hash: [], principal: Principal("user"), createdAt: 1, expiresAt: expiresAt, revokedAt: revokedAt)
    }

    @Test func onlyNewOnesAreReadWhileNoneIsRevoked() {
        var watch = TokenWatch()
        #expect(watch.unread(of: ["a", "b"], revocations: 7) == ["a", "b"])
        watch.update([record("a"), record("b")], of: ["a", "b"], revocations: 7)
        #expect(watch.unread(of: ["a", "b"], revocations: 7) == [])
        #expect(watch.unread(of: ["a", "c"], revocations: 7) == ["c"])
        watch.update([record("c")], of: ["a", "c"], revocations: 7)
        #expect(watch.unread(of: ["a", "b", "c"], revocations: 7) == ["b"], "one that was not in use is dropped")
    }

    @Test func allAreReadAgainWhenOneIsRevoked() {
        var watch = TokenWatch()
        watch.update([record("a"), record("b")], of: ["a", "b"], revocations: 7)
        #expect(watch.unread(of: ["a", "b"], revocations: 8) == ["a", "b"])
        #expect(watch.refusal(of: "a", at: 5) == nil)
        watch.update([record("a", revokedAt: 4), record("b")], of: ["a", "b"], revocations: 8)
        #expect(watch.refusal(of: "a", at: 5)?.message.contains("revoked") == true)
        #expect(watch.refusal(of: "b", at: 5) == nil)
        // The answer of an earlier check, which another one has overtaken.
        watch.update([record("a")], of: ["a", "b"], revocations: 7)
        #expect(watch.unread(of: ["a", "b"], revocations: 8) == ["a", "b"])
    }

    @Test func theyExpireWithoutBeingRead() {
        var watch = TokenWatch()
        watch.update([record("a", expiresAt: 100)], of: ["a"], revocations: 0)
        #expect(watch.refusal(of: "a", at: 99) == nil)
        #expect(watch.refusal(of: "a", at: 100)?.message.contains("expired") == true)
    }

    @Test func whatIsForgottenIsReadAgain() {
        var watch = TokenWatch()
        watch.update([record("a"), record("b")], of: ["a", "b"], revocations: 7)
        watch.forget()
        #expect(watch.unread(of: ["a", "b"], revocations: 7) == ["a", "b"])
        // An answer that was on its way has not read all of them.
        watch.update([record("b")], of: ["a", "b"], revocations: 7)
        #expect(watch.unread(of: ["a", "b"], revocations: 7) == ["a"])
    }
}
