/// An error as JSON-RPC 2.0 §5.1 carries it, with ACP's codes.
public struct RPCError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public var code: Code
    /// What went wrong, for people: one sentence.
    public var message: String
    /// More, for programs; the layer's own fields stand under `belay`.
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
        /// ACP: there is no such session, or it is somebody else's, or it has expired.
        public static let resourceNotFound = Code(rawValue: -32002)
    }

    /// An error.
    public init(_ code: Code, _ message: String, data: JSON? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// An error with the layer's own word for why.
    public init(_ code: Code, _ message: String, reason: String) {
        self.init(code, message, data: ["belay": ["reason": .string(reason)]])
    }

    /// It cannot be done just now, and can be asked for again (`protocol.md` §14).
    ///
    /// - Parameter retryAfter: When, in milliseconds.
    public static func notNow(_ message: String, reason: String = "unavailable", retryAfter: Int64) -> RPCError {
        RPCError(
            .internalError, message,
            data: ["belay": ["reason": .string(reason), "retryAfterMs": .integer(retryAfter)]])
    }

    /// When it can be asked for again, in milliseconds, at most an hour; `nil` when nothing is said.
    public var retryAfter: Int64? { data?["belay"]?.clamped("retryAfterMs", to: .delay) }

    /// A field that is missing or of the wrong kind.
    public static func invalidParams(_ message: String) -> RPCError { RPCError(.invalidParams, message) }

    /// There is no such method; one that cannot be the name of any is not repeated.
    public static func methodNotFound(_ method: String) -> RPCError {
        RPCError(.methodNotFound, "there is no method \(Name.isValid(method) ? "'\(method)'" : "of that name")")
    }

    /// Why, in the layer's own word (`data.belay.reason`).
    public var reason: String? { data?["belay"]?["reason"]?.string }

    /// The message and the code.
    public var description: String { "\(message) (\(code.rawValue))" }
}

extension RPCError: JSONConvertible {
    /// Reads an error object.
    public init(json: JSON) throws(RPCError) {
        self.init(
            Code(rawValue: try json.required("code", in: .code)), try json.requiredString("message"), data: json["data"]
        )
    }

    /// The error object.
    public var json: JSON {
        .object(of: ["code": .integer(code.rawValue), "message": .string(message), "data": data])
    }
}
