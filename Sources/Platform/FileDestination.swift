import Glibc
import SystemPackage

/// Where the text goes that is written to a path: symbolic links are followed as the system does, except that a path
/// which names an open descriptor of this process means that descriptor, and not the file behind it.
enum FileDestination: Equatable {
    /// An inherited descriptor: `/dev/stdout`, `/dev/fd/N`, `/proc/self/fd/N`, or a link to one of them.
    case descriptor(Int32)
    /// The path of a file, no symbolic link; it need not exist.
    case file(String)

    /// The most symbolic links that are followed, as in path_resolution(7).
    static let linksMaximum = 40

    /// Follows a path.
    ///
    /// - Throws: `.noSuchFileOrDirectory` for an empty path, `.tooManySymbolicLinkLevels`, `.notPermitted` for a link
    ///   of another user, which may lead anywhere, and `.badFileDescriptor` for a descriptor that is not inherited.
    init(_ path: String) throws(Errno) {
        guard !path.isEmpty else { throw .noSuchFileOrDirectory }
        var path = path
        for _ in 0...FileDestination.linksMaximum {
            if let number = FileDestination.descriptor(path) {
                // What this program opened itself, its databases among them, is closed on exec; inherited descriptors
                // are not.
                let flags = fcntl(number, F_GETFD)
                guard flags >= 0, flags & FD_CLOEXEC == 0 else { throw .badFileDescriptor }
                self = .descriptor(number)
                return
            }
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
                !FileDestination.isForeignDescriptor(path)
            else {
                self = .file(path)
                return
            }
            guard status.st_uid == geteuid() || status.st_uid == 0 else { throw .notPermitted }
            let target = try FileDestination.target(of: path)
            path = target.hasPrefix("/") ? target : PrivateFolder.parent(of: path) + "/" + target
        }
        throw .tooManySymbolicLinkLevels
    }

    /// The last component of a path; empty when the path ends with a slash.
    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    private static func descriptor(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdin": return STDIN_FILENO
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default: break
        }
        let name = name(of: path)
        guard !name.isEmpty, name.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int32(name),
            let folder = FolderPath.resolved(PrivateFolder.parent(of: path)),
            let own = FolderPath.resolved("/proc/self")
        else { return nil }
        // `/dev/fd` leads to `/proc/self/fd`, and that to the folder of the process, or of its thread.
        return folder == own + "/fd" || folder.hasPrefix(own + "/task/") && folder.hasSuffix("/fd") ? number : nil
    }

    /// Whether the path is a descriptor of another process, a link that only the system can follow.
    private static func isForeignDescriptor(_ path: String) -> Bool {
        guard let folder = FolderPath.resolved(PrivateFolder.parent(of: path)) else { return false }
        return folder.hasPrefix("/proc/") && folder.hasSuffix("/fd")
    }

    private static func target(of link: String) throws(Errno) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &bytes, bytes.count)
        guard count >= 0 else { throw .last }
        guard let target = String(validating: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) else {
            throw .illegalByteSequence
        }
        return target
    }
}
