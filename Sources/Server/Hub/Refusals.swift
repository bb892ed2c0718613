import Wire

/// Why the server does not do what it is asked, as the client is told.
extension RPCError {
    /// A user has as many sessions as the configuration allows.
    static func tooManySessions(maximum: Int) -> RPCError {
        RPCError(
            .internalError, "this user has \(maximum) sessions already: delete some, or wait until some expire",
            reason: "too_many_sessions")
    }

    /// A connection, or a user, watches as many sessions as it may.
    static func tooManyWatched(maximum: Int) -> RPCError {
        RPCError(
            .internalError, "\(maximum) sessions are watched already: leave one first", reason: "too_many_watched")
    }

    /// A user's sessions hold as much as they may.
    static func quota(maximum: Int64) -> RPCError {
        RPCError(
            .internalError, "this user's sessions hold \(maximum) bytes, and no more fits: delete some",
            reason: "quota")
    }
}

extension StoreError {
    /// What is told of an error on a way to the disk and back, whatever it is: nothing of a path, a statement or a
    /// library's words.
    static func told(_ error: any Error) -> (sentence: String, reason: String) {
        let failure = error as? StoreError
        return (failure?.remoteDescription ?? "the server cannot do it just now", failure?.reason ?? "storage_failed")
    }
}
