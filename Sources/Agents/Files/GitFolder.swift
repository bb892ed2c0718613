import Glibc
import Wire

/// The `.git` folder of a repository, and the common folder that its worktrees share.
struct GitFolder: Hashable, Sendable {
    /// The absolute path of the working tree's own folder, with its index and `HEAD`.
    let own: String
    /// The path of the folder that all working trees share, with configuration and `info/exclude`.
    let common: String

    /// Finds the `.git` folder of a working tree; `nil` when there is none that git would take for one.
    ///
    /// Git goes on upward from a `.git` that is no repository, and so do the rules.
    init?(in folder: String) {
        let path = folder + "/.git"
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        if status.st_mode & S_IFMT == S_IFDIR {
            self.init(at: path)
        } else {
            // In a linked worktree or a submodule, `.git` is a file that names the folder.
            guard let line = GitFolder.line(path), line.hasPrefix("gitdir: ") else { return nil }
            self.init(at: GitFolder.path(String(line.dropFirst("gitdir: ".count)), from: folder))
        }
    }

    /// As git decides it (`is_git_directory`): `HEAD` names a branch or a commit, and `objects` and `refs` are there.
    private init?(at own: String) {
        let common = GitFolder.line(own + "/commondir").map { GitFolder.path($0, from: own) } ?? own
        guard GitFolder.isHead(own + "/HEAD"), access(common + "/objects", X_OK) == 0,
            access(common + "/refs", X_OK) == 0
        else { return nil }
        (self.own, self.common) = (own, common)
    }

    private static func isHead(_ path: String) -> Bool {
        var target = [CChar](repeating: 0, count: 256)
        let length = readlink(path, &target, target.count)
        if length >= 0 { return target.prefix(length).map(UInt8.init(bitPattern:)).starts(with: "refs/".utf8) }
        guard let bytes = try? Folder.smallFile(at: path, bytesMaximum: 4096) else { return false }
        if bytes.starts(with: "ref:".utf8) {
            return bytes.dropFirst(4).drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.starts(with: "refs/".utf8)
        }
        return bytes.prefix(40).count { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) } == 40
    }

    /// The text of a file of one line, without its end.
    private static func line(_ path: String) -> String? {
        guard let bytes = try? Folder.smallFile(at: path), bytes.count > 0 else { return nil }
        let end = bytes.lastIndex { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return end.flatMap { String(validating: bytes[...$0], as: UTF8.self) }
    }

    private static func path(_ path: String, from folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }

    /// The branch that is checked out; `nil` when it is none.
    var branch: [UInt8]? {
        guard let line = GitFolder.line(own + "/HEAD"), line.hasPrefix("ref:") else { return nil }
        let name = String(line.dropFirst(4)).trimmed
        return name.hasPrefix("refs/heads/") ? Array(name.utf8.dropFirst("refs/heads/".utf8.count)) : nil
    }
}
