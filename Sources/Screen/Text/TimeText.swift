import Sync
import Wire

/// Formats times and durations for the screen.
enum TimeText {
    /// The time of day, as in `17:42`.
    static func clock(_ timestamp: Timestamp, _ zone: TimeZoneTable) -> String {
        let minutes = floorDivide(seconds(timestamp, zone), 60)
        return twoDigits(modulo(floorDivide(minutes, 60), 24)) + ":" + twoDigits(modulo(minutes, 60))
    }

    /// The number of the day since 1970 in the user's time zone.
    static func day(_ timestamp: Timestamp, _ zone: TimeZoneTable) -> Int64 {
        floorDivide(seconds(timestamp, zone), 86_400)
    }

    /// The date of a day since 1970 in the Gregorian calendar, as in `22 November 2026`.
    static func date(day: Int64) -> String {
        let date = CivilDate(daysSince1970: day)
        return "\(date.day) \(months[Int(date.month) - 1]) \(date.year)"
    }

    /// A completed duration, as in `0.1s`, `0:42` or `1:02:07`.
    static func took(milliseconds: Int64) -> String {
        if milliseconds < 10_000 {
            let tenths = max(0, milliseconds) / 100
            return "\(tenths / 10).\(tenths % 10)s"
        }
        return running(seconds: milliseconds / 1000)
    }

    /// A duration that is still counting, as in `0:42` or `1:02:07`.
    static func running(seconds: Int64) -> String {
        let seconds = max(0, seconds)
        let rest = twoDigits(seconds % 60)
        if seconds < 3600 { return "\(seconds / 60):\(rest)" }
        return "\(seconds / 3600):\(twoDigits(seconds / 60 % 60)):\(rest)"
    }

    /// The time offline, as in `00:14`.
    static func away(seconds: Int64) -> String {
        let text = running(seconds: seconds)
        return text.utf8.count == 4 ? "0" + text : text
    }

    /// The width of the longest age.
    static let ageColumns = 11

    /// How long ago something was, as in `5 min ago`. Both times count from the start of their minute, so that the text
    /// changes together with the clock of the header.
    static func age(of timestamp: Timestamp, at now: Timestamp) -> String {
        let minutes = max(0, floorDivide(now, 60_000) - floorDivide(timestamp, 60_000))
        if minutes == 0 { return "just now" }
        if minutes < 60 { return "\(minutes) min ago" }
        if minutes < 48 * 60 { return "\(minutes / 60) h ago" }
        let days = minutes / 1_440
        if days < 14 { return "\(days) days ago" }
        if days < 70 { return "\(days / 7) wk ago" }
        return days < 730 ? "\(days / 30) mo ago" : "\(min(days / 365, 999)) yr ago"
    }

    /// As ``age(of:at:)`` in one word, as in `5m`.
    static func briefAge(of timestamp: Timestamp, at now: Timestamp) -> String {
        let minutes = max(0, floorDivide(now, 60_000) - floorDivide(timestamp, 60_000))
        if minutes < 60 { return "\(minutes)m" }
        if minutes < 48 * 60 { return "\(minutes / 60)h" }
        let days = minutes / 1_440
        if days < 100 { return "\(days)d" }
        return days < 730 ? "\(days / 30)mo" : "\(min(days / 365, 999))y"
    }

    /// A latency, as in `<1ms`, `48ms`, `1.4s` or `12s`.
    static func latency(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.milliseconds)
        if milliseconds == 0, duration > .zero { return "<1ms" }
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        if milliseconds < 10_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100)s" }
        return "\(milliseconds / 1000)s"
    }

    /// A number with a space between its groups of three digits, as in `4 812`.
    static func grouped(_ number: Int64) -> String {
        let digits = Array("\(max(0, number))")
        let groups = digits.indices.map { index in
            index > 0 && (digits.count - index) % 3 == 0 ? " \(digits[index])" : "\(digits[index])"
        }
        return groups.joined()
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// The seconds of the local clock. The arithmetic wraps, because a peer may send any timestamp.
    private static func seconds(_ timestamp: Timestamp, _ zone: TimeZoneTable) -> Int64 {
        floorDivide(timestamp, 1000) &+ Int64(zone.offset(at: timestamp))
    }

    private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }

    private static func modulo(_ number: Int64, _ divisor: Int64) -> Int64 {
        number - floorDivide(number, divisor) * divisor
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
