extension RPCError {
    /// What an error in answer to a request means for repeating it (`protocol.md` §14).
    public enum Verdict: Hashable, Sendable {
        /// A durable no: repeating the request would not help.
        case no
        /// The session expired, and this successor takes its place.
        case expired(Expiry)
        /// A temporary failure: repeat the request, after the delay that the server asks for, if it asks for one.
        case notNow(after: Duration?)
    }

    /// The reasons of the resume layer that pass by themselves, also without `retryAfterMs`.
    public static let passingReasons: Set<String> = ["unavailable", "disk_full", "storage_failed", "queue_full"]

    /// The meaning of the error, decided in one place for every request of a client.
    ///
    /// A client stops on nothing but a durable no: the codes by which a server says that the request itself is wrong
    /// (JSON-RPC 2.0 §5.1), and ACP's two for a missing sign-in and an unknown session. Every other code is a failure
    /// of the server, or of something in between that made up a code of its own, such as an HTTP status.
    public var verdict: Verdict {
        if let retryAfter { return .notNow(after: .milliseconds(retryAfter)) }
        if let expiry = Expiry(self) { return .expired(expiry) }
        if let reason, RPCError.passingReasons.contains(reason) { return .notNow(after: nil) }
        switch code {
        case .internalError: return .notNow(after: nil)
        case .authRequired, .resourceNotFound: return .no
        default: return (-32700 ... -32600).contains(code.rawValue) ? .no : .notNow(after: nil)
        }
    }
}
