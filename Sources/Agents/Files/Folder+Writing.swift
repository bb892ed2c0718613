import Glibc

extension Folder {
    /// Replaces a file below the folder, or makes it with the folders that it needs.
    ///
    /// The new content is written beside the old one and renamed over it, so that a crash leaves one of the two. The file
    /// keeps its mode. As for reading, no symbolic link is followed.
    ///
    /// - Parameter path: The path relative to the folder, with slashes.
    /// - Throws: ``SystemError``; EACCES for a file of the server, EISDIR for what is no regular file.
    func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, parts.allSatisfy(Folder.isName) else { throw SystemError(code: EINVAL) }
        let name = String(last)
        let parent = try openFolder(parts.dropLast())
        defer { if parent != descriptor { close(parent) } }
        var status = stat()
        var mode: mode_t = 0o666
        if fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw SystemError(code: status.st_mode & S_IFMT == S_IFLNK ? ELOOP : EISDIR)
            }
            guard !isHidden(status) else { throw SystemError(code: EACCES) }
            mode = status.st_mode & 0o7777
        } else if errno != ENOENT {
            throw SystemError(code: errno)
        }
        let temporary = ".belay-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let file = openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard file >= 0 else { throw SystemError(code: errno) }
        defer { close(file) }
        do throws(SystemError) {
            if status.st_ino != 0 { _ = fchmod(file, mode) }
            try Folder.write(bytes, to: file)
            guard fsync(file) == 0, renameat(parent, temporary, parent, name) == 0 else {
                throw SystemError(code: errno)
            }
        } catch {
            unlinkat(parent, temporary, 0)
            throw error
        }
        _ = fsync(parent)
    }

    /// Opens a folder below this one, and makes what is missing of the way to it.
    private func openFolder(_ parts: ArraySlice<Substring>) throws(SystemError) -> Int32 {
        var current = descriptor
        for part in parts {
            let name = String(part)
            let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
            var next = openat(current, name, flags)
            if next < 0, errno == ENOENT {
                _ = mkdirat(current, name, 0o777)
                next = openat(current, name, flags)
            }
            let code = errno
            if current != descriptor { close(current) }
            guard next >= 0 else { throw SystemError(code: code) }
            _ = try Folder.admitted(next, hidden)
            current = next
        }
        return current
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                throw SystemError(code: errno)
            }
            rest = rest.dropFirst(written)
        }
    }
}
