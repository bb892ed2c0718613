/// Why the server refuses the upgrade: the JSON body of a response before the 101 (`protocol.md` §1).
public struct Refusal: Error, Hashable, Sendable {
    /// The HTTP status.
    public var status: Int
    /// Why, for programs: `token_missing`, `token_expired`, `token_revoked`, `token_unknown`, `origin`, `busy` …
    public var reason: String
    /// Why, for people: one sentence.
    public var message: String
    /// When to try again, in milliseconds; only with 429 and 503.
    public var retryAfter: Int64?

    /// A refusal.
    public init(status: Int, reason: String, message: String, retryAfter: Int64? = nil) {
        self.status = status
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Whether the client tries again by itself: after 429 and any 5xx.
    public var isRetryable: Bool { status == 429 || status >= 500 }

    /// The response body.
    public var json: JSON {
        .object(of: [
            "error": .string(message), "reason": .string(reason), "retryAfterMs": retryAfter.map { .integer($0) },
        ])
    }

    /// Reads a response body; `nil` when it is none of ours, as from a captive portal.
    public init?(status: Int, json: JSON) {
        guard let message = json["error"]?.string, let reason = json["reason"]?.string else { return nil }
        self.init(
            status: status, reason: reason, message: message, retryAfter: json.clamped("retryAfterMs", to: .delay))
    }
}
