/// Durations as people write them in configuration and options.
extension Duration {
    /// Parses `250ms`, `30s`, `5m`, `12h` or `30d`; a plain number is seconds.
    ///
    /// - Returns: `nil` for any other text, or for more than a hundred years.
    public init?(text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count <= 3_155_760_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "", "s": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3_600)
        case "d": self = .seconds(count * 86_400)
        default: return nil
        }
        guard self <= .seconds(36_525 * 86_400) else { return nil }
    }
}
