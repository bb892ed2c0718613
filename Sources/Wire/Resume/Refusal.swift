/// The refusal of an upgrade request: an HTTP response with a JSON body in place of the 101 (`protocol.md` §1).
public struct Refusal: Error, Hashable, Sendable {
    /// The HTTP status, such as 401, 429 or 503.
    public var status: Int
    /// The reason for programs: `token_missing`, `token_expired`, `token_revoked`, `token_unknown`, `origin`, `busy` …
    public var reason: String
    /// The message for people: one sentence.
    public var message: String
    /// The retry delay, in milliseconds; only with 429 and 503.
    public var retryAfter: Int64?

    /// Creates a refusal; `retryAfter` belongs to 429 and 503 only.
    public init(status: Int, reason: String, message: String, retryAfter: Int64? = nil) {
        self.status = status
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Whether the client retries by itself: after 429 and any 5xx.
    public var isRetryable: Bool { status == 429 || status >= 500 }

    /// The body of the response, with `error` and `reason`.
    public var json: JSON {
        .object(of: [
            "error": .string(message), "reason": .string(reason), "retryAfterMs": retryAfter.map { .integer($0) },
        ])
    }

    /// Decodes a response body; `nil` when it is not from a belayd, but from a captive portal or a proxy.
    public init?(status: Int, json: JSON) {
        guard let message = json["error"]?.string, let reason = json["reason"]?.string else { return nil }
        self.init(
            status: status, reason: reason, message: message, retryAfter: json.clamped("retryAfterMs", to: .delay))
    }
}
