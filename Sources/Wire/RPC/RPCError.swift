/// A JSON-RPC error object (JSON-RPC 2.0 §5.1), with ACP's codes.
public struct RPCError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The error code, for programs.
    public var code: Code
    /// The message, for people: one sentence.
    public var message: String
    /// Further fields, for programs; those of the resume layer are under `belay`.
    public var data: JSON?

    /// The codes of JSON-RPC 2.0 and of ACP.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The number on the wire.
        public var rawValue: Int64

        /// The code of that number.
        public init(rawValue: Int64) { self.rawValue = rawValue }

        /// The text was not JSON.
        public static let parseError = Code(rawValue: -32700)
        /// The JSON was no JSON-RPC message.
        public static let invalidRequest = Code(rawValue: -32600)
        /// There is no such method.
        public static let methodNotFound = Code(rawValue: -32601)
        /// A field was missing, or of the wrong kind, or contradicts what is stored.
        public static let invalidParams = Code(rawValue: -32602)
        /// The server could not do it.
        public static let internalError = Code(rawValue: -32603)
        /// ACP: not signed in.
        public static let authRequired = Code(rawValue: -32000)
        /// ACP: the session does not exist, belongs to another user, or has expired.
        public static let resourceNotFound = Code(rawValue: -32002)
        /// ACP: the request was cancelled by its sender.
        public static let requestCancelled = Code(rawValue: -32800)
    }

    /// Creates an error; `message` is one sentence without a full stop.
    public init(_ code: Code, _ message: String, data: JSON? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// Creates an error with a reason of the resume layer (`data.belay.reason`).
    public init(_ code: Code, _ message: String, reason: String) {
        self.init(code, message, data: ["belay": ["reason": .string(reason)]])
    }

    /// A temporary failure; the request may be repeated (`protocol.md` §14).
    ///
    /// - Parameter retryAfter: The delay before a retry, in milliseconds.
    public static func notNow(_ message: String, reason: String = "unavailable", retryAfter: Int64) -> RPCError {
        RPCError(
            .internalError, message,
            data: ["belay": ["reason": .string(reason), "retryAfterMs": .integer(retryAfter)]])
    }

    /// The delay before a retry that the peer asks for, in milliseconds, at most an hour; `nil` when it asks for none.
    public var retryAfter: Int64? { data?["belay"]?.clamped("retryAfterMs", to: .delay) }

    /// The error for a field that is missing or not of the expected type or range.
    public static func invalidParams(_ message: String) -> RPCError { RPCError(.invalidParams, message) }

    /// The error for an unknown method. A name that is not a valid ``Name`` is not repeated in the message.
    public static func methodNotFound(_ method: String) -> RPCError {
        RPCError(.methodNotFound, "there is no method \(Name.isValid(method) ? "'\(method)'" : "of that name")")
    }

    /// The reason of the resume layer (`data.belay.reason`); `nil` in errors of plain ACP.
    public var reason: String? { data?["belay"]?["reason"]?.string }

    /// The longest message of an error that a server sends, in bytes.
    public static let messageBytesMaximum = 2_048

    /// The error as a server sends it: a longer message than ``messageBytesMaximum`` is cut, and ends in an ellipsis. A
    /// message may quote what a client or an agent has said, such as the name of a folder.
    public var bounded: RPCError {
        guard message.utf8.count > RPCError.messageBytesMaximum else { return self }
        let ellipsis: Unicode.Scalar = "…"
        var bytes = UTF8.width(ellipsis)
        let kept = message.unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes <= RPCError.messageBytesMaximum
        }
        var error = self
        error.message = String(String.UnicodeScalarView(kept)) + String(ellipsis)
        return error
    }

    /// The message, followed by the code.
    public var description: String { "\(message) (\(code.rawValue))" }
}

extension RPCError: JSONConvertible {
    /// Decodes an error object.
    public init(json: JSON) throws(RPCError) {
        self.init(
            Code(rawValue: try json.required("code", in: .code)), try json.requiredString("message"), data: json["data"]
        )
    }

    /// The error object as JSON.
    public var json: JSON {
        .object(of: ["code": .integer(code.rawValue), "message": .string(message), "data": data])
    }
}
