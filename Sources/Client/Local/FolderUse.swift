import Glibc

/// What a folder is used for, and so who else may have a hand in it.
public enum FolderUse: Hashable, Sendable {
    /// For what is kept: nobody else may write there. It may be somewhere else, behind a link of this user's.
    case kept
    /// For what is read and believed, commands among it: nobody else may write there but the system.
    case believed
    /// For sockets and locks: a folder of this user's that nobody else can even look into, and whose place nobody else
    /// can put something in.
    case sockets

    /// Looks at a folder. One that is not there is nobody's yet.
    ///
    /// - Throws: ``ClientError/folder(_:)``, with what to do.
    public func check(_ folder: String) throws(ClientError) {
        if case .sockets = self { try FolderUse.checkPlace(of: folder) }
        guard let itself = FolderUse.status(folder, isFollowing: false) else { return }
        guard isOwner(itself.st_uid) else { throw foreign(folder) }
        var status = itself
        if itself.st_mode & S_IFMT == S_IFLNK {
            if case .sockets = self { throw .folder("\(folder) is a link, and no folder of its own: remove it") }
            guard let target = FolderUse.status(folder, isFollowing: true) else {
                throw .folder("\(folder) is a link that leads nowhere: remove it")
            }
            status = target
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .folder("\(folder) is no folder: remove it") }
        guard isOwner(status.st_uid) else { throw foreign(folder) }
        switch self {
        case .kept, .believed:
            guard status.st_mode & 0o022 == 0 else {
                throw .folder("others can write to \(folder): look what is in there, and then chmod go-w it")
            }
        case .sockets:
            guard status.st_mode & 0o077 == 0 else {
                throw .folder("others can reach \(folder): look what is in there, and then chmod 700 it")
            }
        }
    }

    private func isOwner(_ user: uid_t) -> Bool {
        switch self {
        case .kept, .sockets: user == geteuid()
        case .believed: user == geteuid() || user == 0
        }
    }

    private func foreign(_ folder: String) -> ClientError {
        let variable =
            switch self {
            case .kept: "XDG_STATE_HOME"
            case .believed: "XDG_CONFIG_HOME"
            case .sockets: "XDG_RUNTIME_DIR"
            }
        return .folder("\(folder) belongs to another user: remove it, or set \(variable)")
    }

    /// Whoever can rename what is in the folder above can put another one here after it was looked at. Where everybody
    /// may write, as in /tmp, the sticky bit keeps them from that.
    private static func checkPlace(of folder: String) throws(ClientError) {
        let place = folder.lastIndex(of: "/").map { String(folder[...$0]) } ?? "."
        guard let status = status(place, isFollowing: true) else { return }
        let isOurs = status.st_uid == geteuid() || status.st_uid == 0
        guard isOurs, status.st_mode & 0o022 == 0 || status.st_mode & S_ISVTX != 0 else {
            throw .folder("others can put something into \(place): set XDG_RUNTIME_DIR to a folder of your own")
        }
    }

    private static func status(_ path: String, isFollowing: Bool) -> stat? {
        var status = stat()
        return (isFollowing ? stat(path, &status) : lstat(path, &status)) == 0 ? status : nil
    }
}
