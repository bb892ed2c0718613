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
    /// A frame that RFC 6455 does not allow there.
    public static let badFrame = CloseCode(rawValue: 1002)
    /// A frame of a kind that is not spoken: binary.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// A text message that is not UTF-8.
    public static let invalidData = CloseCode(rawValue: 1007)
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

    /// Whether a close frame may carry the code (RFC 6455 §7.4): some are reserved for what never crosses the wire.
    public var isValidOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// Whether the client comes back by itself. A connection that ended without a code always does.
    public var isRetryable: Bool {
        switch self {
        case .tooBig, .protocolError, .tokenRejected, .superseded: false
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

    /// The delay that the server asks for with 1001, 1012 and 1013, in milliseconds, an hour at most:
    /// `retry_after_ms=N` in the text.
    public var retryAfter: Int64? {
        guard let range = reason.firstRange(of: "retry_after_ms=") else { return nil }
        let digits = reason[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        // Digits that no integer holds say "long", and so does what is longer than is honoured.
        return (Int64(digits) ?? .max).clamped(to: .delay)
    }
}
