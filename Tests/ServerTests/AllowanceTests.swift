import Testing
import Wire

@testable import Server

/// So many at once, and so many a second after that.
@Suite struct AllowanceTests {
    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test func aBurstIsGrantedAndThenTheRate() {
        var allowance = Allowance(burst: 3, rate: 2, at: at(0))
        for _ in 0..<3 { #expect(allowance.take(at: at(0)) == 0) }
        #expect(allowance.take(at: at(0)) == nil)
        #expect(allowance.take(at: at(499)) == nil)
        #expect(allowance.take(at: at(500)) == 2, "the next one says how many were refused")
        #expect(allowance.take(at: at(500)) == nil)
        #expect(allowance.take(at: at(1_000)) == 1)
    }

    @Test func whatIsNotUsedIsNotSavedBeyondTheBurst() {
        var allowance = Allowance(burst: 3, rate: 2, at: at(0))
        let granted = (0..<100).count { _ in allowance.take(at: at(1_000_000)) != nil }
        #expect(granted == 3)
        #expect(allowance.refused == 97)
    }

    @Test func aClockThatGoesBackGivesNothing() {
        var allowance = Allowance(burst: 1, rate: 1, at: at(10_000))
        #expect(allowance.take(at: at(10_000)) == 0)
        #expect(allowance.take(at: at(0)) == nil)
        #expect(allowance.take(at: at(10_999)) == nil, "the time that was seen twice counts once")
        #expect(allowance.take(at: at(11_000)) == 2)
    }

    @Test func oneThatIsFullNeedNotBeKept() {
        var allowance = Allowance(burst: 2, rate: 1, at: at(0))
        #expect(allowance.isFull(at: at(0)))
        _ = allowance.take(at: at(0))
        #expect(!allowance.isFull(at: at(999)))
        #expect(allowance.isFull(at: at(1_000)))
        _ = allowance.take(at: at(0))
        #expect(allowance.take(at: at(0)) == nil)
        #expect(!allowance.isFull(at: at(9_000)), "what was refused is still to be told")
    }
}
