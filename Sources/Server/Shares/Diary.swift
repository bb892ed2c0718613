import Ledger
import Logging
import Wire

/// Log lines that peers cause, rate-limited for each user and for all unauthenticated peers together. Lines beyond the
/// limit are counted, and the next line has their number as `suppressed`.
struct Diary {
    /// The burst, in lines.
    static let burst = 40
    /// The rate after the burst, in lines per second.
    static let rate = 2.0
    /// The longest text of a peer in a line, in scalars.
    static let textMaximum = 120

    private let logger: Logger
    private var shares: [Principal?: Allowance] = [:]

    init(_ logger: Logger) { self.logger = logger }

    /// Writes a line, unless the user's limit is reached.
    ///
    /// - Parameters:
    ///   - user: The user that caused it; `nil` for an unauthenticated peer.
    ///   - metadata: The fields; texts of peers are filtered and truncated here.
    mutating func note(
        _ level: Logger.Level, _ message: Logger.Message, of user: Principal?, at now: Instant,
        _ metadata: KeyValuePairs<String, String>
    ) {
        var share = shares[user] ?? Allowance(burst: Diary.burst, rate: Diary.rate, at: now)
        let missing = share.take(at: now)
        shares[user] = share
        guard let missing else { return }
        var fields = Logger.Metadata(
            metadata.map { ($0, .string(Diary.clean($1))) }, uniquingKeysWith: { first, _ in first })
        if let user { fields["user"] = .string(Diary.clean(user.rawValue)) }
        if missing > 0 { fields["suppressed"] = "\(missing)" }
        logger.log(level: level, message, metadata: fields)
    }

    /// Forgets the limits that are full again.
    mutating func tidy(at now: Instant) { shares = shares.filter { !$0.value.isFull(at: now) } }

    /// A text of a peer without control characters, truncated for one log line.
    private static func clean(_ text: String) -> String {
        let head =
            text.unicodeScalars.count > textMaximum ? String(text.unicodeScalars.prefix(textMaximum)) + "…" : text
        return head.withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
