import Glibc
public import SystemPackage

/// Reads and replaces whole files.
public enum WholeFile {
    /// The default bound on files that are read, in bytes.
    public static let bytesMaximum = 1 << 20

    /// The contents of a file, as text.
    ///
    /// - Parameters:
    ///   - path: The file; a pipe or a device is read to its end.
    ///   - maximum: The most bytes it may have.
    /// - Throws: ``SystemError``: the system's own errors, `.fileTooLarge` for a longer file, and
    ///   `.illegalByteSequence` for one that is not UTF-8.
    public static func text(_ path: String, atMost maximum: Int = bytesMaximum) throws(SystemError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("read \(path)") }
        defer { close(descriptor) }
        return try text(of: FileDescriptor(rawValue: descriptor), named: path, atMost: maximum)
    }

    /// The rest of an open file, as text; the descriptor stays open.
    ///
    /// - Parameters:
    ///   - descriptor: The file.
    ///   - name: What error messages call it.
    ///   - maximum: The most bytes it may have.
    /// - Throws: ``SystemError``, as ``text(_:atMost:)`` does.
    public static func text(
        of descriptor: FileDescriptor, named name: String, atMost maximum: Int = bytesMaximum
    ) throws(SystemError) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count: Int
            do { count = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) } } catch {
                throw SystemError("read \(name)", error as? Errno ?? .ioError)
            }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= maximum else { throw SystemError("read \(name)", .fileTooLarge) }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SystemError("read \(name)", .illegalByteSequence)
        }
        return text
    }

    /// Replaces a file atomically. A new file gets mode 0600; an existing one keeps its owner and permissions.
    ///
    /// The text is written to a temporary file with a random name in the same folder, which is then renamed. A symbolic
    /// link is kept and its target replaced, if the link belongs to this user or to root. A pipe, a terminal or another
    /// special file is written to in place.
    ///
    /// - Throws: ``SystemError``; an existing regular file is then unchanged.
    public static func replace(_ path: String, with text: String) throws(SystemError) {
        do {
            var status = stat()
            if stat(path, &status) == 0 {
                // `/dev/stdout`, or the file behind it: replacing it would lose what else is printed there.
                for output in [FileDescriptor.standardOutput, .standardError] where isOpen(output, on: status) {
                    return try output.writeFully(text, named: path)
                }
                guard status.st_mode & S_IFMT == S_IFREG else { return try writeThrough(path, text) }
            }
            let target = try target(of: path)
            let place = open(PrivateFolder.parent(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard place >= 0 else { throw Errno.last }
            defer { close(place) }
            let slash = target.lastIndex(of: "/").map(target.index(after:)) ?? target.startIndex
            try replace(String(target[slash...]), in: place, with: text)
        } catch {
            throw SystemError("write \(path)", error as? Errno ?? (error as? SystemError)?.code ?? .ioError)
        }
    }

    private static func isOpen(_ descriptor: FileDescriptor, on file: stat) -> Bool {
        var status = stat()
        return fstat(descriptor.rawValue, &status) == 0 && status.st_dev == file.st_dev && status.st_ino == file.st_ino
    }

    /// Writes in place, to what is no regular file. Opening a folder for writing fails with EISDIR.
    private static func writeThrough(_ path: String, _ text: String) throws {
        let descriptor = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno.last }
        defer { close(descriptor) }
        _ = try FileDescriptor(rawValue: descriptor).writeAll(text.utf8)
    }

    /// Where a path leads.
    private static func target(of path: String) throws -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
        guard status.st_uid == geteuid() || status.st_uid == 0 else { throw Errno.notPermitted }
        guard let real = realpath(path, nil) else { throw Errno.last }
        defer { free(real) }
        return String(cString: real)
    }

    private static func replace(_ name: String, in place: Int32, with text: String) throws {
        var old = stat()
        let isThere = fstatat(place, name, &old, AT_SYMLINK_NOFOLLOW) == 0
        guard isThere || errno == ENOENT else { throw Errno.last }
        guard !isThere || old.st_mode & S_IFMT == S_IFREG else { throw Errno.invalidArgument }
        // A rename only needs write permission on the folder; a read-only file is left alone all the same.
        guard !isThere || faccessat(place, name, W_OK, AT_EACCESS) == 0 else { throw Errno.last }
        if isThere, old.st_uid != geteuid(), geteuid() != 0 {
            // A file of another user that we may write: a new file would be ours, so this one is written in place.
            let descriptor = openat(place, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw Errno.last }
            defer { close(descriptor) }
            _ = try FileDescriptor(rawValue: descriptor).writeAll(text.utf8)
            return
        }
        let (temporary, descriptor) = try makeTemporary(in: place)
        do {
            defer { close(descriptor) }
            _ = try FileDescriptor(rawValue: descriptor).writeAll(text.utf8)
            // Only root can restore the owner, and only members the group; failing for that would lose the output.
            if isThere, fchown(descriptor, old.st_uid, old.st_gid) != 0, geteuid() == 0 { throw Errno.last }
            guard fchmod(descriptor, isThere ? old.st_mode & 0o777 : 0o600) == 0, fsync(descriptor) == 0 else {
                throw Errno.last
            }
        } catch {
            unlinkat(place, temporary, 0)
            throw error
        }
        guard renameat(place, temporary, place, name) == 0 else {
            let reason = Errno.last
            unlinkat(place, temporary, 0)
            throw reason
        }
        // Makes the rename durable. If it fails, the new file is complete, and after a power cut perhaps the old one is
        // back; nothing can be undone now, so the error is ignored.
        _ = fsync(place)
    }

    /// Creates a temporary file with O_EXCL, so that a link somebody placed there is not followed.
    private static func makeTemporary(in place: Int32) throws -> (name: String, descriptor: Int32) {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<8 {
            let name = ".belay-" + String(generator.next(), radix: 36) + ".new"
            let descriptor = openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            if descriptor >= 0 { return (name, descriptor) }
            guard errno == EEXIST else { throw Errno.last }
        }
        throw Errno.fileExists
    }
}
