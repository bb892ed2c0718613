/// Why a WebSocket was closed (RFC 6455 §7.4 and `protocol.md` §1), and whether to come back.
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    /// The number in the close frame.
    public var rawValue: UInt16

    /// The code of that number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The session was left on purpose.
    public static let normal = CloseCode(rawValue: 1000)
    /// The server goes away.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// A message was longer than the bound.
    public static let tooBig = CloseCode(rawValue: 1009)
    /// The server restarts.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// The server is overloaded.
    public static let tryAgainLater = CloseCode(rawValue: 1013)
    /// The peer broke the protocol.
    public static let protocolError = CloseCode(rawValue: 4400)
    /// The token expired or was revoked while connected.
    public static let tokenRejected = CloseCode(rawValue: 4401)
    /// No sign of life in time.
    public static let heartbeatMissed = CloseCode(rawValue: 4408)
    /// A newer connection of the same client took over.
    public static let superseded = CloseCode(rawValue: 4409)

    /// Whether the client comes back by itself. A connection that ended without a code always does.
    public var isRetryable: Bool {
        switch self {
        case .normal, .tooBig, .protocolError, .tokenRejected, .superseded: false
        default: true
        }
    }
}

/// How a connection ended.
public struct Closure: Hashable, Sendable {
    /// The code of the close frame; `nil` when the connection just ended.
    public var code: CloseCode?
    /// The text of the close frame, or what the operating system said.
    public var reason: String

    /// An end.
    public init(code: CloseCode?, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Whether the client comes back by itself.
    public var isRetryable: Bool { code?.isRetryable ?? true }

    /// The delay that the server asks for with 1001, 1012 and 1013: `retry_after_ms=N` in the text.
    public var retryAfter: Int64? {
        guard let range = reason.firstRange(of: "retry_after_ms=") else { return nil }
        return Int64(reason[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }
}
