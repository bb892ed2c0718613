/// A failure of the journal, the mirror or the stateStore: a sentence for the local user, and a reason for a peer.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk, or the user's quota on it, is full; the payload is the path of the file.
    case full(String)
    /// The file is damaged; the payload is its path.
    case corrupt(String)
    /// One session of a store is damaged, and the others are sound; the payload says what of it is damaged.
    case damaged(SessionID, String)
    /// A newer version of the program has changed the tables of the file in a way that this one does not know; the
    /// payload is the path, that change, and the last change that this version knows.
    case newer(String, change: String, known: String)
    /// It cannot be done just now and nothing of it was done; it may be tried again after this delay.
    case notNow(Obstacle, retryAfter: Duration)
    /// Any other failure; the payload is the whole sentence, often SQLite's.
    case failed(String)

    /// What stands in the way for a while.
    public enum Obstacle: Hashable, Sendable {
        /// Another server serves the session; its name, when it is known.
        case ownedElsewhere(SessionID, by: String?)
        /// The store did not come to it before the caller's ``Deadline``.
        case deadline
        /// The store cannot be used; the payload is the whole sentence.
        case unreachable(String)

        /// The delay before it is tried again, when nothing better is known.
        public static let retryDefault = Duration.seconds(1)
    }

    /// The store did not come to it in time.
    public static let late = StoreError.notNow(.deadline, retryAfter: Obstacle.retryDefault)

    /// One sentence for the user of this machine: what failed, with the path, and what to do.
    public var description: String {
        switch self {
        case .full(let path): "no room is left on the disk that holds \(path): free some space, and it is tried again"
        case .corrupt(let path): "\(path) is damaged: restore it from a copy, or move it away to begin anew"
        case .damaged(let session, let what):
            "session \(session) is damaged: \(what); the other sessions are not affected: delete this one, or restore"
                + " the data folder from a copy"
        case .newer(let path, let change, let known):
            "\(path) was written by a newer version, which made the change “\(change)”; this version knows the changes up"
                + " to “\(known)”: install the newer version again, or restore the file from a copy that is older"
        case .notNow(let obstacle, let delay):
            "\(obstacle): try again in \(max(1, delay.milliseconds)) ms"
        case .failed(let message): message
        }
    }

    /// Whether something stored is damaged, which lasts; the other failures may pass.
    public var isDamage: Bool {
        switch self {
        case .corrupt, .damaged: true
        case .full, .newer, .notNow, .failed: false
        }
    }

    /// The delay before it is tried again, of ``notNow(_:retryAfter:)``; `nil` for every other failure.
    public var retryAfter: Duration? {
        if case .notNow(_, let delay) = self { delay } else { nil }
    }

    /// Whether another server has the session that was asked for; other sessions may be served here all the same.
    public var isOwnedElsewhere: Bool {
        if case .notNow(.ownedElsewhere, _) = self { true } else { false }
    }

    /// One sentence for a peer, without paths of this machine and messages of the database.
    public var remoteDescription: String {
        switch self {
        case .full: "the server's disk is full"
        case .corrupt, .damaged: "the server's stored data for it are damaged: ask its operator to restore them"
        case .notNow(.ownedElsewhere, _): "another server serves the session just now: try again"
        case .notNow(.deadline, _): "the server's storage is busy: try again"
        case .notNow(.unreachable, _): "the server's storage cannot be reached just now: try again"
        case .newer, .failed: "the server's storage failed: ask its operator to see the log"
        }
    }

    /// The reason for programs (`data.belay.reason`).
    public var reason: String {
        switch self {
        case .full: "disk_full"
        case .corrupt, .damaged: "journal_damaged"
        case .notNow: "unavailable"
        case .newer, .failed: "storage_failed"
        }
    }

    /// The error for a peer whose request failed: with the delay after which it repeats the request, if it is to do so
    /// by itself (``RPCError/Verdict``).
    ///
    /// - Parameter sentence: What is said; ``remoteDescription`` when `nil`.
    public func rpcError(_ sentence: String? = nil) -> RPCError {
        let sentence = sentence ?? remoteDescription
        guard let retryAfter else { return RPCError(.internalError, sentence, reason: reason) }
        return .notNow(sentence, reason: reason, retryAfter: max(0, retryAfter.milliseconds))
    }
}

extension StoreError.Obstacle: CustomStringConvertible {
    /// What happened, in a clause.
    public var description: String {
        switch self {
        case .ownedElsewhere(let session, let node?): "session \(session) is served by another server, \(node)"
        case .ownedElsewhere(let session, nil): "session \(session) is served by another server"
        case .deadline: "the store was busy with other work for longer than the caller waits"
        case .unreachable(let sentence): sentence
        }
    }
}
