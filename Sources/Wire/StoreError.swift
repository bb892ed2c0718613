/// A failure of the journal, the mirror or the desk: a sentence for the local user, and a reason for a peer.
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
    /// Any other failure; the payload is the whole sentence, often SQLite's.
    case failed(String)

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
        case .failed(let message): message
        }
    }

    /// Whether something stored is damaged, which lasts; the other failures may pass.
    public var isDamage: Bool {
        switch self {
        case .corrupt, .damaged: true
        case .full, .newer, .failed: false
        }
    }

    /// One sentence for a peer, without paths of this machine and messages of the database.
    public var remoteDescription: String {
        switch self {
        case .full: "the server's disk is full"
        case .corrupt, .damaged: "the server's stored data for it are damaged: ask its operator to restore them"
        case .newer, .failed: "the server's storage failed: ask its operator to see the log"
        }
    }

    /// The reason for programs (`data.belay.reason`).
    public var reason: String {
        switch self {
        case .full: "disk_full"
        case .corrupt, .damaged: "journal_damaged"
        case .newer, .failed: "storage_failed"
        }
    }
}
