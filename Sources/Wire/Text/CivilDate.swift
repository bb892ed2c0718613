/// A day in the Gregorian calendar.
///
/// Uses Howard Hinnant's `civil_from_days`; loading a calendar library would delay the first frame.
public struct CivilDate: Hashable, Sendable {
    /// The year; 1 BC is 0.
    public let year: Int64
    /// The month, from 1.
    public let month: Int64
    /// The day of the month, from 1.
    public let day: Int64

    /// Converts a count of days to a date.
    ///
    /// - Parameter daysSince1970: Days since 1 January 1970, negative before it; at most ten million million either
    ///   way.
    public init(daysSince1970: Int64) {
        // Count from 1 March of a year divisible by 400: then the leap day is the last of its year, and a month's
        // first day is a linear function of its number.
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
