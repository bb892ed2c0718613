import Glibc

/// What a folder is used for, which decides how strictly its owner and permissions are checked.
public enum FolderUse: Hashable, Sendable {
    /// Private state: only this user may write there. It may be a symbolic link of this user's.
    case kept
    /// Configuration, which can name commands: only this user or root may write there.
    case believed
    /// Sockets and locks: a real folder of this user's with mode 0700, in a parent where no other user can replace it.
    case sockets

    /// Checks a folder; one that does not exist passes.
    ///
    /// - Throws: ``ClientError/folder(_:)``, with the command that repairs it.
    public func check(_ folder: String) throws(ClientError) {
        if case .sockets = self { try FolderUse.checkPlace(of: folder) }
        guard let itself = FolderUse.status(folder, isFollowing: false) else { return }
        guard isOwner(itself.st_uid) else { throw foreign(folder) }
        var status = itself
        if itself.st_mode & S_IFMT == S_IFLNK {
            if case .sockets = self { throw .folder("\(folder) is a link where a folder must be: remove it") }
            guard let target = FolderUse.status(folder, isFollowing: true) else {
                throw .folder("\(folder) is a link to a file that does not exist: remove it")
            }
            status = target
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .folder("\(folder) is no folder: remove it") }
        guard isOwner(status.st_uid) else { throw foreign(folder) }
        switch self {
        case .kept, .believed:
            guard status.st_mode & 0o022 == 0 else {
                throw .folder("others can write to \(folder): check its contents, then run chmod go-w on it")
            }
        case .sockets:
            guard status.st_mode & 0o077 == 0 else {
                throw .folder("others can reach \(folder): check its contents, then run chmod 700 on it")
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

    /// Checks the parent folder: whoever can rename entries there could replace the folder after it was checked. In a
    /// folder that everybody can write to, such as /tmp, the sticky bit prevents that.
    private static func checkPlace(of folder: String) throws(ClientError) {
        let place = folder.lastIndex(of: "/").map { String(folder[...$0]) } ?? "."
        guard let status = status(place, isFollowing: true) else { return }
        let isOurs = status.st_uid == geteuid() || status.st_uid == 0
        guard isOurs, status.st_mode & 0o022 == 0 || status.st_mode & S_ISVTX != 0 else {
            throw .folder("others can replace files in \(place): set XDG_RUNTIME_DIR to a folder of your own")
        }
    }

    private static func status(_ path: String, isFollowing: Bool) -> stat? {
        var status = stat()
        return (isFollowing ? stat(path, &status) : lstat(path, &status)) == 0 ? status : nil
    }
}
