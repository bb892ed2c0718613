import Glibc

extension Folder {
    /// O_PATH, which Glibc's module hides: to pass through a folder one need not be allowed to list it.
    private static let passingThrough: Int32 = 0o10_000_000

    /// Opens a folder by its whole path, in which no part may be a link.
    static func open(withoutLinks path: String) throws(SystemError) -> Int32 {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), parts.allSatisfy(isName) else { throw SystemError(code: ENOENT) }
        let folder = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var current = Glibc.open("/", folder | (parts.isEmpty ? O_RDONLY : passingThrough))
        for (index, part) in parts.enumerated() where current >= 0 {
            let isLast = index == parts.count - 1
            let next = openat(current, String(part), folder | (isLast ? O_RDONLY : passingThrough))
            let code = errno
            close(current)
            guard next >= 0 else { throw SystemError(code: code) }
            current = next
        }
        guard current >= 0 else { throw SystemError(code: errno) }
        return current
    }

    /// Whether it names something in a folder: `..` would lead out of it, and C ends a name at its first NUL.
    static func isName(_ part: Substring) -> Bool {
        !part.isEmpty && part != "." && part != ".." && !part.utf8.contains(0)
    }

    /// What a descriptor stands for, if that may be read; otherwise it is closed.
    static func admitted(_ descriptor: Int32, _ hidden: Set<FileIdentity>) throws(SystemError) -> FileIdentity {
        do throws(SystemError) {
            let identity = try FileIdentity(of: descriptor)
            guard !hidden.contains(identity) else { throw SystemError(code: EACCES) }
            return identity
        } catch {
            close(descriptor)
            throw error
        }
    }
}
