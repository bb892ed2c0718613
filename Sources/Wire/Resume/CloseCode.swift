/// The code of a WebSocket close frame (RFC 6455 §7.4 and `protocol.md` §1), and whether the client reconnects after
/// it.
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    /// The number in the close frame.
    public var rawValue: UInt16

    /// The code of that number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The client closed the connection on purpose.
    public static let normal = CloseCode(rawValue: 1000)
    /// The server gave up the connection, or a watched session was deleted; the client reconnects.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// A frame that violates RFC 6455.
    public static let badFrame = CloseCode(rawValue: 1002)
    /// A binary frame, which is not supported.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// A text message that is not UTF-8.
    public static let invalidData = CloseCode(rawValue: 1007)
    /// A message was longer than the bound.
    public static let tooBig = CloseCode(rawValue: 1009)
    /// The server restarts; its reason holds a retry delay.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// The server is overloaded; its reason holds a retry delay.
    public static let tryAgainLater = CloseCode(rawValue: 1013)
    /// The peer broke the protocol.
    public static let protocolError = CloseCode(rawValue: 4400)
    /// The token expired or was revoked while connected.
    public static let tokenRejected = CloseCode(rawValue: 4401)
    /// The heartbeat timed out: a half-open connection.
    public static let heartbeatMissed = CloseCode(rawValue: 4408)
    /// A newer connection of the same client took over.
    public static let superseded = CloseCode(rawValue: 4409)

    /// Whether a close frame may carry the code; 1005, 1006 and 1015 are reserved and never sent (RFC 6455 §7.4).
    public var isValidOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// Whether the client reconnects by itself after this code.
    public var isRetryable: Bool {
        switch self {
        case .tooBig, .protocolError, .tokenRejected, .superseded: false
        default: true
        }
    }
}

/// How a connection ended.
public struct Closure: Hashable, Sendable {
    /// The code of the close frame; `nil` when the connection ended without one.
    public var code: CloseCode?
    /// The reason in the close frame, or the error of the operating system.
    public var reason: String

    /// Creates the end of a connection.
    public init(code: CloseCode?, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Whether the client reconnects by itself; always after an end without a code.
    public var isRetryable: Bool { code?.isRetryable ?? true }

    /// The reason for people: without `retry_after_ms=N`, which is for programs.
    public var message: String {
        guard let range = reason.firstRange(of: "retry_after_ms=") else { return reason }
        let behind = reason[range.upperBound...].drop { $0.isASCII && $0.isNumber }
        func isJoint(_ character: Character) -> Bool { character == ";" || character.isWhitespace }
        let before = reason[..<range.lowerBound].reversed().drop(while: isJoint).reversed()
        return [String(before), String(behind.drop(while: isJoint))].filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// The retry delay of the server with 1001, 1012 and 1013, in milliseconds, an hour at most: `retry_after_ms=N` in
    /// the reason.
    public var retryAfter: Int64? {
        guard let range = reason.firstRange(of: "retry_after_ms=") else { return nil }
        let digits = reason[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        // A number that overflows means a long delay, and is clamped like any other.
        return (Int64(digits) ?? .max).clamped(to: .delay)
    }
}
