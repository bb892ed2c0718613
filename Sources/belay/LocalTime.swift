import Glibc
import Screen
import Wire

/// Times in the user's time zone.
enum LocalTime {
    /// How many seconds the user's time zone is ahead of UTC at a moment.
    static func offset(at timestamp: Timestamp) -> Int {
        var seconds = time_t(timestamp / 1_000)
        var local = tm()
        localtime_r(&seconds, &local)
        return local.tm_gmtoff
    }

    /// The user's offsets from UTC from the earliest timestamp until half a year from now.
    static func zone(until now: Timestamp) -> TimeZoneTable {
        let half: Timestamp = 183 * 86_400_000
        return TimeZoneTable(now - 20 * half...now + half) { offset(at: $0) }
    }

    /// The time of day, as in `17:38:07`.
    static func text(_ timestamp: Timestamp) -> String {
        let utc = ISO8601.text(timestamp + Timestamp(offset(at: timestamp)) * 1_000)
        return String(utc.dropFirst("2026-11-22T".count).prefix("17:38:07".count))
    }

    /// The date, as in `2026-11-22`.
    static func day(_ timestamp: Timestamp) -> String {
        String(ISO8601.text(timestamp + Timestamp(offset(at: timestamp)) * 1_000).prefix("2026-11-22".count))
    }

    /// The last component of a path: the name of a folder.
    static func lastComponent(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
