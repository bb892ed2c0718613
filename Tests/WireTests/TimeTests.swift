import TestKit
import Testing
import Wire

@Suite struct TimeTests {
    @Test(
        arguments: [
            ("0", .zero), ("30", .seconds(30)), ("250ms", .milliseconds(250)), ("30s", .seconds(30)),
            ("5m", .seconds(300)), ("12h", .seconds(43_200)), ("30d", .seconds(2_592_000)), ("007s", .seconds(7)),
            ("36525d", .seconds(3_155_760_000)), ("36526d", nil), ("3155760000001", nil), ("9223372036854775807d", nil),
            ("99999999999999999999", nil), ("", nil), ("s", nil), ("-5s", nil), ("+5s", nil), ("5 s", nil),
            (" 5s", nil),
            ("5S", nil), ("5ms ", nil), ("1.5s", nil), ("٣s", nil), ("5w", nil),
        ] as [(String, Duration?)])
    func aDurationIsReadAsPeopleWriteIt(text: String, duration: Duration?) { #expect(Duration(text: text) == duration) }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1, "1970-01-01T00:00:00.001Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_645_557_742_000, "2022-02-22T19:22:22.000Z"),
            (1_704_067_199_999, "2023-12-31T23:59:59.999Z"), (1_704_067_200_000, "2024-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ] as [(Timestamp, String)])
    func aTimeIsWrittenAsProgramsReadIt(timestamp: Timestamp, text: String) { #expect(ISO8601.text(timestamp) == text) }

    @Test(arguments: [Int64.min, -1, 0, 1, .max], [Int64.min, -1, 0, 1, .max])
    func instantsAreComputedWithoutOverflow(left: Int64, right: Int64) {
        let (a, b) = (Instant(nanoseconds: left), Instant(nanoseconds: right))
        #expect((a + .nanoseconds(right)).nanoseconds == Int64(clamping: Int128(left) + Int128(right)))
        #expect((a - .nanoseconds(right)).nanoseconds == Int64(clamping: Int128(left) - Int128(right)))
        #expect((a - b).nanoseconds == Int64(clamping: Int128(left) - Int128(right)))
        #expect(Duration.seconds(left).nanoseconds == Int64(clamping: Int128(left) * 1_000_000_000))
    }

    /// A server's clock may say anything; what it says is shown and never a reason to stop.
    @Test(arguments: [Timestamp.min, .min + 1, .max])
    func noTimeIsTooFarAway(timestamp: Timestamp) { #expect(ISO8601.text(timestamp).hasSuffix("Z")) }

    /// From the year 1 through 9999 the texts are in the order of the times: all have four digits of year.
    @Test func aLaterTimeIsALaterText() {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 10)
        let times = (0..<5_000).map { _ in
            Timestamp.random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator)
        }
        #expect(times.sorted().map(ISO8601.text) == times.map(ISO8601.text).sorted(), "\(seed)")
    }

    @Test func momentsAndDurationsAreExactToTheNanosecond() {
        let start = Instant(nanoseconds: 5)
        #expect(start + .nanoseconds(7) == Instant(nanoseconds: 12))
        #expect(start + .milliseconds(-1) == Instant(nanoseconds: -999_995))
        #expect(Instant(nanoseconds: 12) - start == .nanoseconds(7))
        #expect(start - Instant(nanoseconds: 12) == .nanoseconds(-7))
        #expect(start < start + .nanoseconds(1))
        #expect(Duration.seconds(-3).nanoseconds == -3_000_000_000)
        #expect(Duration.microseconds(1_999).milliseconds == 1)
        #expect(Duration.microseconds(-1_999).milliseconds == -1)
    }
}
