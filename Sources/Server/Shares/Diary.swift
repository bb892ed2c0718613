import Ledger
import Logging
import Wire

/// The server's log as far as peers cause it: each user has a share of lines, and so have all strangers together. Past it
/// lines are counted, and the next one says how many are missing.
struct Diary {
    /// Lines at once.
    static let burst = 40
    /// Lines a second after that.
    static let rate = 2.0
    /// The longest text of a peer in a line, in scalars.
    static let textMaximum = 120

    private let logger: Logger
    private var shares: [Principal?: Allowance] = [:]

    init(_ logger: Logger) { self.logger = logger }

    /// Writes a line, if there is room in the share.
    ///
    /// - Parameters:
    ///   - user: Who causes it; `nil` for somebody whom nobody knows.
    ///   - metadata: The variables; texts of peers are cleaned and cut here.
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

    /// Forgets whose shares are whole again.
    mutating func tidy(at now: Instant) { shares = shares.filter { !$0.value.isFull(at: now) } }

    /// A text of a peer as it may stand in a line.
    private static func clean(_ text: String) -> String {
        let head =
            text.unicodeScalars.count > textMaximum ? String(text.unicodeScalars.prefix(textMaximum)) + "…" : text
        return head.withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
