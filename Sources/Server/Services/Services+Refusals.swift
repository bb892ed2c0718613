import Ledger
import Logging
import Wire

/// What clients are told of requests that fail.
extension Services {
    /// The retry delay for what could not be read from the disk, in milliseconds.
    private static let retryAfter: Int64 = 2_000

    /// Logs why a request failed, and returns the error for the client, without the server's paths and the database's
    /// messages.
    func refusal(_ error: any Error, of user: Principal?) -> RPCError {
        if let error = error as? RPCError { return error }
        if let error = error as? FolderRefusal {
            if error == .homeUnusable { note(.error, "the home folder of a user cannot be used", of: user, [:]) }
            return .invalidParams(error.description)
        }
        note(.error, "request failed", of: user, ["error": "\(error)"])
        let (sentence, reason) = StoreError.told(error)
        if (error as? StoreError)?.isDamage == true { return RPCError(.internalError, sentence, reason: reason) }
        return .notNow(sentence, reason: reason, retryAfter: StoreError.retryDelay(after: error))
    }

    /// The error for a session that left memory while a request waited. It is temporary: only the store can say that a
    /// session does not exist.
    func notHere(_ session: SessionID) -> RPCError {
        .notNow("the session \(session) cannot be loaded just now: try again later", retryAfter: Services.retryAfter)
    }

    /// The error for a session that does not exist, and exactly the same for one of another user.
    func unknown(_ session: SessionID) -> RPCError {
        RPCError(.resourceNotFound, "there is no session \(session)", reason: "unknown_session")
    }
}
