import Glibc

/// Small text files, read whole and written whole.
public enum TextFile {
    /// The longest file that is read, in bytes.
    public static let bytesMaximum = 1 << 20

    /// The file's text; `nil` when it cannot be read or is not UTF-8, with `errno` set.
    public static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        return read(closing: descriptor)
    }

    /// The text of a file that is open, which is closed; `nil` when it cannot be read or is not UTF-8, with `errno` set.
    static func read(closing descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: bytesMaximum)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: $0[filled...]).baseAddress, $0.count - filled)
            }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                return failing(closing: descriptor, with: errno)
            }
            filled += count
        }
        guard filled < bytes.count else { return failing(closing: descriptor, with: EFBIG) }
        guard let text = String(validating: bytes[..<filled], as: UTF8.self) else {
            return failing(closing: descriptor, with: EILSEQ)
        }
        close(descriptor)
        return text
    }

    private static func failing(closing descriptor: Int32, with reason: Int32) -> String? {
        close(descriptor)
        errno = reason
        return nil
    }

    /// Writes the file so that it is there whole or not at all: for this user alone if it is new, and otherwise with the
    /// permissions that it had.
    ///
    /// It is written beside its place under a name that nobody can guess, and then renamed. A symbolic link stays, and
    /// what it leads to is replaced, if the link is this user's; what is there and no file of this user's is left alone.
    ///
    /// - Returns: Whether it was; if not, `errno` says why, and what was there is unharmed.
    public static func replace(_ path: String, with text: String) -> Bool {
        guard let target = target(of: path) else { return false }
        let (folder, name) = split(target)
        let place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { return false }
        defer { close(place) }
        guard let mode = mode(of: name, in: place) else { return false }
        guard let (temporary, descriptor) = makeTemporary(in: place) else { return false }
        let isWritten = Output.verbatim(text, to: descriptor) && fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0
        let reason = errno
        let isClosed = close(descriptor) == 0
        guard isWritten, isClosed, renameat(place, temporary, place, name) == 0 else {
            let reason = isWritten ? errno : reason
            unlinkat(place, temporary, 0)
            errno = reason
            return false
        }
        // The name is on disk with its folder. Should that fail, the file is there, whole, and after a crash perhaps the
        // old one: nothing that could be undone.
        _ = fsync(place)
        return true
    }

    /// Where a path leads; `nil` when a link on the way there is not this user's own.
    private static func target(of path: String) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
        guard status.st_uid == geteuid() else {
            errno = EPERM
            return nil
        }
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }

    /// The permissions that the file is to have; `nil` when something else is in its place.
    private static func mode(of name: String, in place: Int32) -> mode_t? {
        var status = stat()
        guard fstatat(place, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return errno == ENOENT ? 0o600 : nil }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            errno = status.st_mode & S_IFMT == S_IFREG ? EPERM : EINVAL
            return nil
        }
        return status.st_mode & 0o777
    }

    /// A new file under a name that was not there; a link that somebody laid is not followed.
    private static func makeTemporary(in place: Int32) -> (name: String, descriptor: Int32)? {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<8 {
            let name = ".belay-" + String(generator.next(), radix: 36) + ".new"
            let descriptor = openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            if descriptor >= 0 { return (name, descriptor) }
            guard errno == EEXIST else { return nil }
        }
        return nil
    }
}
