import NIOCore
import Testing

@testable import Transport

/// When a server compresses, as transcripts of messages and times.
@Suite struct BurstTests {
    private func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    /// Sends messages of so many bytes at these milliseconds, and returns which of them were compressed.
    private func takes(_ burst: inout Burst, _ messages: [(at: Int64, bytes: Int)]) -> [Bool] {
        messages.map { burst.takes($0.bytes, at: at($0.at)) }
    }

    @Test func smallMessagesFarApartAreNoBurst() {
        var burst = Burst()
        let taken = takes(&burst, (0..<100).map { (at: $0 * 1_000, bytes: 1_000) })
        #expect(!taken.contains(true))
        #expect(burst.check(at: at(100_000)) == nil)
    }

    @Test func theMessageThatMakesAKibibyteBeginsOne() {
        var burst = Burst()
        #expect(takes(&burst, [(5_000, 500), (5_900, 523), (5_999, 1)]) == [false, false, true])
        #expect(takes(&burst, [(6_900, 1)]) == [true], "everything in it is compressed")
    }

    @Test func aSecondIsCountedFromItsFirstMessage() {
        var burst = Burst()
        #expect(takes(&burst, [(0, 600), (1_000, 600), (1_500, 600)]) == [false, false, true])
    }

    @Test func oneLongMessageIsABurst() {
        var burst = Burst()
        #expect(takes(&burst, [(0, 1_024)]) == [true])
    }

    @Test func itEndsAlsoWhenNobodyAsks() {
        var burst = Burst()
        #expect(takes(&burst, [(0, 2_000), (999, 10), (1_999, 10), (2_500, 10)]) == [true, true, false, false])
        #expect(burst.check(at: at(2_600)) == nil)
    }

    @Test func itEndsASecondBehindItsLastMessage() {
        var burst = Burst()
        #expect(takes(&burst, [(0, 2_000), (700, 10)]) == [true, true])
        #expect(burst.check(at: at(1_000)) == at(1_700))
        #expect(burst.check(at: at(1_699)) == at(1_700))
        #expect(burst.check(at: at(1_700)) == nil)
        #expect(takes(&burst, [(1_701, 10)]) == [false])
        #expect(burst.check(at: at(1_702)) == nil)
        #expect(takes(&burst, [(1_800, 2_000)]) == [true], "the next one")
        #expect(burst.check(at: at(1_900)) == at(2_800))
    }
}
