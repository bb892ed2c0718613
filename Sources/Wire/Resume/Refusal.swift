/// The refusal of an upgrade request: an HTTP response with a JSON body in place of the 101 (`protocol.md` §1).
public struct Refusal: Error, Hashable, Sendable {
    /// The HTTP status, such as 401, 429 or 503.
    public var status: Int
    /// The reason for programs: the name of a ``Reason``, or `gateway` for the answer of something in between.
    public var reason: String
    /// The message for people: one sentence.
    public var message: String
    /// The retry delay, in milliseconds; only with 429 and 503.
    public var retryAfter: Int64?

    /// The reasons of belayd, each with its one HTTP status. What has another pair is another server's answer.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// The request has no token.
        case tokenMissing = "token_missing"
        /// The token is past its time.
        case tokenExpired = "token_expired"
        /// The operator revoked the token.
        case tokenRevoked = "token_revoked"
        /// The server does not know the token.
        case tokenUnknown = "token_unknown"
        /// Web pages of this origin may not connect.
        case origin
        /// The request violates HTTP or RFC 6455.
        case badRequest = "bad_request"
        /// The path is not the endpoint's.
        case notFound = "not_found"
        /// The method is neither GET nor HEAD.
        case method
        /// The request does not ask for a WebSocket.
        case upgradeRequired = "upgrade_required"
        /// The request asks for another version of WebSocket.
        case webSocketVersion = "websocket_version"
        /// The head of the request is too long.
        case headTooLong = "head_too_long"
        /// The user has as many connections as allowed.
        case connections
        /// The server has as many connections, or attaches, as it may.
        case busy
        /// The server restarts.
        case restarting
        /// The server could not read its store.
        case storageFailed = "storage_failed"
        /// The server's disk is full.
        case diskFull = "disk_full"
        /// The server's store is damaged.
        case journalDamaged = "journal_damaged"

        /// The HTTP status of the refusal.
        public var status: Int {
            switch self {
            case .tokenMissing, .tokenExpired, .tokenRevoked, .tokenUnknown: 401
            case .origin: 403
            case .badRequest: 400
            case .notFound: 404
            case .method: 405
            case .upgradeRequired, .webSocketVersion: 426
            case .headTooLong: 431
            case .connections: 429
            case .busy, .restarting, .storageFailed, .diskFull, .journalDamaged: 503
            }
        }
    }

    /// Creates a refusal with any status and reason; `retryAfter` belongs to 429 and 503 only.
    public init(status: Int, reason: String, message: String, retryAfter: Int64? = nil) {
        self.status = status
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Creates a refusal of belayd, with the status of its reason.
    public init(_ reason: Reason, _ message: String, retryAfter: Int64? = nil) {
        self.init(status: reason.status, reason: reason.rawValue, message: message, retryAfter: retryAfter)
    }

    /// Whether the client retries by itself: after 429 and any 5xx.
    public var isRetryable: Bool { status == 429 || status >= 500 }

    /// Whether it is a durable no of belayd: the token or the origin is not accepted. Nothing else stops a client.
    public var isFinal: Bool {
        guard let known = Reason(rawValue: reason), known.status == status else { return false }
        return status == 401 || status == 403
    }

    /// The body of the response, with `error` and `reason`.
    public var json: JSON {
        .object(of: [
            "error": .string(message), "reason": .string(reason), "retryAfterMs": retryAfter.map { .integer($0) },
        ])
    }

    /// The longest message that is taken from a response, in characters.
    public static let messageMaximum = 500

    /// Decodes a response body; `nil` when it is not from a belayd, but from a captive portal, a proxy or another
    /// server: others answer with `error` and `reason` too, so that only belayd's own pairs of status and reason count.
    public init?(status: Int, json: JSON) {
        guard let message = json["error"]?.string, let name = json["reason"]?.string,
            let reason = Reason(rawValue: name), reason.status == status
        else { return nil }
        let isBlank = message.allSatisfy(\.isWhitespace)
        self.init(
            reason,
            isBlank ? "the server refused the connection (\(name))" : String(message.prefix(Refusal.messageMaximum)),
            retryAfter: json.clamped("retryAfterMs", to: .delay))
    }
}
