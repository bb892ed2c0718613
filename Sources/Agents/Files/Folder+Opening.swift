import Glibc

extension Folder {
    /// O_PATH, which Swift's Glibc module does not export. Passing through a folder does not need permission to list
    /// it.
    private static let passingThrough: Int32 = 0o10_000_000

    /// Opens a folder by an absolute path of which no component may be a symbolic link.
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

    /// Whether it is a name within a folder: not `..`, which leads out of it, without NUL, where C would end it, and
    /// without a slash, which Swift takes for a part of a character when some scalars stand before it.
    static func isName(_ part: Substring) -> Bool {
        !part.isEmpty && part != "." && part != ".." && !part.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
    }

    /// The identity of an open file, if it may be read; otherwise the descriptor is closed.
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
