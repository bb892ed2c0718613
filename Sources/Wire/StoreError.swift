/// Why a disk could not do it: the sentence that people read, and the word that a peer is told.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no room on the disk.
    case full(String)
    /// The file is damaged.
    case corrupt(String)
    /// Anything else, in the words of the database.
    case failed(String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .full(let path): "no room is left on the disk that holds \(path): free some, and it goes on by itself"
        case .corrupt(let path): "\(path) is damaged: restore it from a copy, or move it away to begin anew"
        case .failed(let message): message
        }
    }

    /// One sentence for somebody at the other end of a connection: what happened, without a path or the database's words.
    public var remoteDescription: String {
        switch self {
        case .full: "the server's disk is full"
        case .corrupt: "what the server has stored of it is damaged; its operator can say more"
        case .failed: "the server's storage failed; its operator can say more"
        }
    }

    /// The word that programs are told (`data.belay.reason`).
    public var reason: String {
        switch self {
        case .full: "disk_full"
        case .corrupt: "journal_damaged"
        case .failed: "storage_failed"
        }
    }
}
