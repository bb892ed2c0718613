import Glibc
import Wire

/// Whether and when a request that failed is sent again.
///
/// Only a request of which nothing was received yet, and only as long as no tool of the turn has changed anything: what a
/// person has to look at first is not gone on with by itself.
struct RetryAdvice: Hashable, Sendable {
    /// How many times a request is sent again.
    static let attemptsMaximum = 5
    /// How many times when nothing listens: a server that is not started does not start meanwhile.
    static let refusalsMaximum = 2
    /// A server that says to come later than this is not waited for.
    static let waitMaximum = Duration.seconds(120)

    /// How long to wait before the next attempt; `nil` to give up.
    ///
    /// - Parameters:
    ///   - attempts: How many times it was sent, at least 1.
    ///   - jitter: A random number from 0 to 1, so that many clients do not come at once.
    static func delay(after failure: ModelFailure, attempts: Int, jitter: Double) -> Duration? {
        let backoff = Duration.seconds(min(30, 0.5 * Double(1 << min(attempts - 1, 6))) * (0.75 + jitter / 2))
        switch failure {
        case .busy(_, _, let hint?):
            // A little later than the server said, or its clock refuses again.
            guard attempts <= attemptsMaximum, hint <= waitMaximum else { return nil }
            return max(hint, .milliseconds(100)) + .milliseconds(Int(jitter * 250))
        case .busy(_, _, nil): return attempts <= attemptsMaximum ? backoff : nil
        case .unreachable: return attempts <= refusalsMaximum ? backoff : nil
        case .server, .key, .foreign, .broken, .noKey: return nil
        }
    }

    /// The statuses of a server that may answer the same request later (RFC 9110; 409 is a lock of OpenAI's, 529 Anthropic's
    /// overload).
    static func isTemporary(_ status: Int) -> Bool {
        [408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529].contains(status)
    }

    /// How long the server asks to wait, by the first header that says it: `retry-after-ms`, `retry-after` in seconds (or a
    /// date, RFC 9110, 10.2.3), and the resets of its rate limits.
    ///
    /// - Parameter now: The time, in seconds since 1970.
    static func hint(_ header: (String) -> String?, now: Int64) -> Duration? {
        if let ms = header("retry-after-ms").flatMap(Double.init), ms.isFinite, ms >= 0 { return bounded(ms / 1_000) }
        if let text = header("retry-after") {
            if let seconds = Double(text), seconds.isFinite, seconds >= 0 { return bounded(seconds) }
            if let date = date(text) { return bounded(Double(max(0, date - now))) }
        }
        let resets = ["x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"].compactMap { name in
            header(name).flatMap(duration)
        }
        return resets.max()
    }

    /// A time as OpenAI writes it: `1s`, `6m0s`, `120ms`, `1h2m3.5s`.
    static func duration(_ text: String) -> Duration? {
        var seconds = 0.0
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            let factors = ["h": 3_600.0, "m": 60, "s": 1, "ms": 0.001]
            guard let value = Double(number), let factor = factors[String(unit)] else { return nil }
            seconds += value * factor
        }
        return bounded(seconds)
    }

    /// The seconds since 1970 of a date in the form that is sent (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Int64? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int32(parts[1]), let year = Int32(parts[3]),
            let month = months.firstIndex(of: String(parts[2])), (1970...9999).contains(year), (1...31).contains(day)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int32($0) }
        guard clock.count == 3, clock.allSatisfy({ (0...60).contains($0) }) else { return nil }
        var date = tm()
        (date.tm_mday, date.tm_mon, date.tm_year) = (day, Int32(month), year - 1_900)
        (date.tm_hour, date.tm_min, date.tm_sec) = (clock[0], clock[1], clock[2])
        return Int64(timegm(&date))
    }

    private static func bounded(_ seconds: Double) -> Duration { .milliseconds(Int(min(seconds, 86_400) * 1_000)) }
}
