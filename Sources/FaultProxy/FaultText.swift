/// Times in a plan file.
enum FaultTime {
    /// Parses `250ms`, `2s`, `1.5s` or `1m`.
    ///
    /// - Returns: `nil` when the text is none of these, or longer than a day.
    static func parse(_ text: some StringProtocol) -> Duration? {
        let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard let value = Double(String(number)), value >= 0, value <= 86_400_000 else { return nil }
        let time: Duration
        switch text.dropFirst(number.count) {
        case "ms": time = .microseconds(Int64(value * 1_000))
        case "s": time = .microseconds(Int64(value * 1_000_000))
        case "m": time = .microseconds(Int64(value * 60_000_000))
        default: return nil
        }
        return time <= .seconds(86_400) ? time : nil
    }

    /// Formats a time for the user.
    static func text(_ time: Duration) -> String {
        let milliseconds = Int64(time / .milliseconds(1))
        return milliseconds % 1_000 == 0 && milliseconds > 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}

/// Formats numbers of bytes for the user.
public enum ByteCount {
    /// A number of bytes, as in `512 bytes`, `1.0 kB` or `2.4 MB`.
    public static func text(_ count: Int) -> String {
        switch count {
        case ..<1_000: "\(count) bytes"
        case ..<1_000_000: "\(count / 1_000).\(count / 100 % 10) kB"
        default: "\(count / 1_000_000).\(count / 100_000 % 10) MB"
        }
    }
}
