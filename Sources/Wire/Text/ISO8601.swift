/// Times as ACP and scripts read them (RFC 3339), in UTC with milliseconds.
public enum ISO8601 {
    /// `2026-11-22T17:31:02.114Z`.
    ///
    /// The days are counted by Howard Hinnant's `civil_from_days`, which needs no calendar library on the way to the
    /// first frame.
    public static func text(_ timestamp: Timestamp) -> String {
        let day = timestamp.flooredQuotient(86_400_000)
        let time = timestamp.flooredRemainder(86_400_000)
        let shifted = day + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))T"
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

    /// What is left above that quotient, from 0. Neither of the two overflows, however far away the time is.
    fileprivate func flooredRemainder(_ divisor: Int64) -> Int64 {
        self % divisor + (self % divisor < 0 ? divisor : 0)
    }
}
