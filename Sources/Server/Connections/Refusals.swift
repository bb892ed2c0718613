import Wire

/// The errors for requests beyond a configured limit.
extension RPCError {
    /// `limits.sessions_per_user` is reached.
    static func tooManySessions(maximum: Int) -> RPCError {
        RPCError(
            .internalError, "this user has \(maximum) sessions already: delete some, or wait until some expire",
            reason: "too_many_sessions")
    }

    /// A connection watches ``AttachRequest/listMaximum`` sessions, or a user `limits.sessions_in_memory_per_user`.
    static func tooManyWatched(maximum: Int) -> RPCError {
        RPCError(
            .internalError, "\(maximum) sessions are watched already: detach from one first",
            reason: "too_many_watched")
    }

    /// `limits.bytes_per_user` is reached.
    static func quota(maximum: Int64) -> RPCError {
        RPCError(
            .internalError, "this user's sessions hold their limit of \(maximum) bytes, and no more fits: delete some",
            reason: "quota")
    }
}

extension StoreError {
    /// What a client is told of an error of the store: never a path, an SQL statement or a library's message.
    static func told(_ error: any Error) -> (sentence: String, reason: String) {
        let failure = error as? StoreError
        return (failure?.remoteDescription ?? "the server cannot do this just now", failure?.reason ?? "storage_failed")
    }

    /// The delay after which a client tries again what failed with this error, in milliseconds: the store's if it says one.
    static func retryDelay(after error: any Error) -> Int64 {
        (error as? StoreError)?.retryAfter.map { max(1, $0.milliseconds) } ?? 2_000
    }
}
