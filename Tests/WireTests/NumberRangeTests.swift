import Testing
import Wire

/// Numbers of peers (`protocol.md` §14): every range at both of its ends, and everything that is no number of it.
@Suite struct NumberRangeTests {
    /// What is no integer, however large.
    static let foreign: [JSON] = [
        true, "1", [], [:], 0.5, .number(1e300), .number(-1e300), .number(0x1p63), .number(-0x1p63),
        .integer(.min), .integer(.max),
    ]

    @Test(arguments: NumberRange.allCases)
    func takesExactlyItsRange(_ range: NumberRange) throws {
        for value in [range.bounds.lowerBound, range.bounds.upperBound] {
            let json: JSON = ["n": .integer(value)]
            #expect(try json.required("n", in: range) == value)
            #expect(try json.optional("n", in: range) == value)
            #expect(json.clamped("n", to: range) == value)
            #expect(try (["n": .number(Double(value))] as JSON).optional("n", in: range) == value)
        }
        let outside: [JSON] = [.integer(range.bounds.lowerBound - 1), .integer(range.bounds.upperBound + 1)]
        for value in outside + NumberRangeTests.foreign {
            let json: JSON = ["n": value]
            let error = #expect(throws: RPCError.self) { try json.required("n", in: range) }
            #expect(error?.code == .invalidParams)
            #expect(error?.message.contains("'n'") == true)
            #expect(throws: RPCError.self) { try json.optional("n", in: range) }
            #expect(value.integer(in: range) == nil)
        }
    }

    @Test(arguments: NumberRange.allCases)
    func adviceIsMovedIntoItsRange(_ range: NumberRange) {
        func clamped(_ value: JSON) -> Int64? { (["n": value] as JSON).clamped("n", to: range) }
        for low: JSON in [.integer(range.bounds.lowerBound - 1), .integer(.min), .number(-1e300)] {
            #expect(clamped(low) == range.bounds.lowerBound)
        }
        for high: JSON in [.integer(range.bounds.upperBound + 1), .integer(.max), .number(1e300)] {
            #expect(clamped(high) == range.bounds.upperBound)
        }
        for none: JSON in [.null, true, "7", [], [:]] { #expect(clamped(none) == nil) }
        #expect(([:] as JSON).clamped("n", to: range) == nil)
    }

    @Test func whatIsMissingIsNoNumber() throws {
        let json: JSON = ["n": .null]
        #expect(try json.optional("n", in: .count) == nil)
        #expect(try json.optional("other", in: .count) == nil)
        #expect(throws: RPCError.self) { try json.required("n", in: .count) }
    }

    @Test func sumsAndCountsOfCheckedNumbersFit() {
        // What the cores do with them: the next entry, the count of a range, a time in nanoseconds.
        for range in NumberRange.allCases {
            #expect(!range.bounds.upperBound.addingReportingOverflow(range.bounds.upperBound).overflow)
            #expect(!range.bounds.lowerBound.subtractingReportingOverflow(range.bounds.upperBound).overflow)
        }
        for range in [NumberRange.span, .delay] {
            #expect(!range.bounds.upperBound.multipliedReportingOverflow(by: 1_000_000).overflow)
        }
        #expect((NumberRange.entry.bounds).count == Int(NumberRange.safeMaximum))
    }

    static let closeReasons: [(String, Int64?)] = [
        ("retry_after_ms=250", 250), ("later; retry_after_ms=0", 0), ("retry_after_ms=3600001", 3_600_000),
        ("retry_after_ms=99999999999999999999999", 3_600_000), ("retry_after_ms=-5", nil), ("retry_after_ms=", nil),
        ("retry_after_ms=\u{0665}", nil), ("", nil), ("retry_after_ms=7 and more", 7),
    ]

    @Test(arguments: closeReasons)
    func delaysInCloseReasonsAreClamped(_ reason: String, _ delay: Int64?) {
        #expect(Closure(code: .tryAgainLater, reason: reason).retryAfter == delay)
    }

    static let refusalDelays: [(JSON, Int64?)] = [
        (.integer(-1), 0), (.integer(.min), 0), (.integer(.max), 3_600_000), (.number(1e300), 3_600_000), ("5", nil),
        (.integer(20), 20),
    ]

    @Test(arguments: refusalDelays)
    func delaysOfRefusalsAreClamped(_ value: JSON, _ delay: Int64?) {
        let refusal = Refusal(status: 503, json: ["error": "no", "reason": "busy", "retryAfterMs": value])
        #expect(refusal?.retryAfter == delay)
    }
}
