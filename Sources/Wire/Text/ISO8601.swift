/// Times as ACP and scripts read them (RFC 3339), in UTC with milliseconds.
public enum ISO8601 {
    /// The text form, such as `2026-11-22T17:31:02.114Z`.
    public static func text(_ timestamp: Timestamp) -> String {
        let time = timestamp.flooredRemainder(86_400_000)
        let date = CivilDate(daysSince1970: timestamp.flooredQuotient(86_400_000))
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):\(padded(time / 1_000 % 60, 2))"
            + ".\(padded(time % 1_000, 3))Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    /// The quotient rounded down, also below zero.
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }

    /// The remainder of that quotient, never negative. Neither of the two overflows for any time.
    fileprivate func flooredRemainder(_ divisor: Int64) -> Int64 {
        self % divisor + (self % divisor < 0 ? divisor : 0)
    }
}
