import Glibc
import SystemPackage

extension WholeFile {
    /// Replaces a file, atomically where its place allows that. A new file gets mode 0600; an existing one keeps its
    /// owner and permissions.
    ///
    /// The text is written to a temporary file with a random name in the same folder, which is then renamed. A symbolic
    /// link is kept and its target replaced or created, if the link belongs to this user or to root. It is written in
    /// place instead, and synchronized: a file with several names (hard links), a file of another user, a mount point,
    /// and a file whose folder cannot be changed. A pipe, a terminal or another special file is written to, and so is
    /// an inherited descriptor that the path names, such as `/dev/fd/3`.
    ///
    /// - Throws: ``SystemError``; an existing file is then unchanged, unless it had to be written in place.
    public static func replace(_ path: String, with text: String) throws(SystemError) {
        do {
            let target: String
            switch try FileDestination(path) {
            case .descriptor(let number):
                return try FileDescriptor(rawValue: number).writeFully(text, named: path)
            case .file(let file): target = file
            }
            var status = stat()
            if lstat(target, &status) == 0 {
                // The file behind the standard output: replacing it would lose what else is printed there.
                for output in [FileDescriptor.standardOutput, .standardError] where isOpen(output, on: status) {
                    return try output.writeFully(text, named: path)
                }
                guard status.st_mode & S_IFMT == S_IFREG else { return try writeThrough(target, text) }
            }
            let parent = PrivateFolder.parent(of: target)
            var place = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            // A folder may be searched and written to and yet not be read.
            if place < 0, errno == EACCES { place = open(parent, PlainFlags.path | O_DIRECTORY | O_CLOEXEC) }
            guard place >= 0 else { throw Errno.last }
            defer { close(place) }
            try replace(FileDestination.name(of: target), in: place, with: text)
        } catch {
            throw SystemError("write \(path)", error as? Errno ?? (error as? SystemError)?.code ?? .ioError)
        }
    }

    /// Checks whether ``replace(_:with:)`` can write to a path, before the work whose result goes there. Nothing is
    /// created.
    ///
    /// - Throws: ``SystemError`` with the reason that `replace` would give now.
    public static func checkWritable(_ path: String) throws(SystemError) {
        do throws(Errno) { try check(path) } catch { throw SystemError("write \(path)", error) }
    }

    private static func check(_ path: String) throws(Errno) {
        let target: String
        switch try FileDestination(path) {
        case .descriptor(let number):
            let flags = fcntl(number, F_GETFL)
            guard flags >= 0, flags & O_ACCMODE != O_RDONLY else { throw .badFileDescriptor }
            return
        case .file(let file): target = file
        }
        var status = stat()
        if lstat(target, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else { throw .isDirectory }
            guard status.st_mode & S_IFMT != S_IFSOCK else { throw .noSuchAddressOrDevice }
            guard faccessat(AT_FDCWD, target, W_OK, AT_EACCESS) == 0 else { throw .last }
            return
        }
        guard errno == ENOENT else { throw .last }
        guard FileDestination.name(of: target) != "" else { throw .isDirectory }
        let parent = PrivateFolder.parent(of: target)
        guard stat(parent, &status) == 0 else { throw .last }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notDirectory }
        guard faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) == 0 else { throw .last }
    }

    private static func isOpen(_ descriptor: FileDescriptor, on file: stat) -> Bool {
        var status = stat()
        return fstat(descriptor.rawValue, &status) == 0 && status.st_dev == file.st_dev && status.st_ino == file.st_ino
    }

    /// Writes to what is no regular file. Opening a folder for writing fails with EISDIR.
    private static func writeThrough(_ path: String, _ text: String) throws {
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno.last }
        defer { close(descriptor) }
        _ = try FileDescriptor(rawValue: descriptor).writeAll(text.utf8)
    }

    private static func replace(_ name: String, in place: Int32, with text: String) throws {
        guard !name.isEmpty else { throw Errno.isDirectory }
        var old = stat()
        let isThere = fstatat(place, name, &old, AT_SYMLINK_NOFOLLOW) == 0
        guard isThere || errno == ENOENT else { throw Errno.last }
        guard !isThere || old.st_mode & S_IFMT == S_IFREG else { throw Errno.invalidArgument }
        // A rename only needs write permission on the folder; a read-only file is left alone all the same.
        guard !isThere || faccessat(place, name, W_OK, AT_EACCESS) == 0 else { throw Errno.last }
        // A rename would make the file ours, or leave its other names with the old text.
        if isThere, old.st_nlink > 1 || old.st_uid != geteuid() && geteuid() != 0 {
            return try writeInPlace(name, in: place, text)
        }
        do {
            try rename(text, to: name, in: place, old: isThere ? old : nil)
        } catch let error as Errno where isThere && cannotBeRenamed.contains(error) {
            try writeInPlace(name, in: place, text)
        }
    }

    /// Why no temporary file can be made beside a file, or not take its place: the folder is not writable, the file is
    /// a mount point of its own.
    private static let cannotBeRenamed: Set<Errno> = [
        .permissionDenied, .notPermitted, .readOnlyFileSystem, .resourceBusy, .improperLink,
    ]

    private static func writeInPlace(_ name: String, in place: Int32, _ text: String) throws {
        let descriptor = openat(place, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno.last }
        defer { close(descriptor) }
        _ = try FileDescriptor(rawValue: descriptor).writeAll(text.utf8)
        guard fsync(descriptor) == 0 else { throw Errno.last }
    }

    private static func rename(_ text: String, to name: String, in place: Int32, old: stat?) throws {
        let (temporary, descriptor) = try makeTemporary(in: place)
        do {
            defer { close(descriptor) }
            _ = try FileDescriptor(rawValue: descriptor).writeAll(text.utf8)
            // Only root can restore the owner, and only members the group; failing for that would lose the output.
            if let old, fchown(descriptor, old.st_uid, old.st_gid) != 0, geteuid() == 0 { throw Errno.last }
            guard fchmod(descriptor, old.map { $0.st_mode & 0o777 } ?? 0o600) == 0, fsync(descriptor) == 0 else {
                throw Errno.last
            }
            guard renameat(place, temporary, place, name) == 0 else { throw Errno.last }
        } catch {
            unlinkat(place, temporary, 0)
            throw error
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

/// Flags of open(2) that Glibc's module does not import.
private enum PlainFlags {
    /// O_PATH: a descriptor for a place in the file tree alone.
    static let path: Int32 = 0o10000000
}
