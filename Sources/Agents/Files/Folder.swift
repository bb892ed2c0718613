import Glibc

/// A folder that is read without ever leaving it: no symbolic link is followed below it, and no `..`.
///
/// Each part of a path is opened on its own and relative to the one before, so that a folder that is swapped for a
/// link between the check and the use leads nowhere. That is what RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS of
/// openat2(2) do, on every kernel and under every sandbox. A hard link is no link in this sense: it is the file.
struct Folder: ~Copyable {
    let descriptor: Int32
    /// What it is, whatever it is called.
    let identity: FileIdentity
    /// What in it is not read, though it may be reached.
    let hidden: Set<FileIdentity>

    /// Opens the folder of a session.
    ///
    /// - Throws: ``SystemError``; EACCES when it is one of those that are hidden.
    init(_ session: SessionFolder) throws(SystemError) {
        let hidden = Set(session.hidden.compactMap { FileIdentity(at: $0) })
        let opened: Int32
        if let location = session.location {
            opened = try Folder.open(withoutLinks: location)
        } else {
            opened = Glibc.open(session.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard opened >= 0 else { throw SystemError(code: errno) }
        }
        identity = try Folder.admitted(opened, hidden)
        descriptor = opened
        self.hidden = hidden
    }

    /// Opens a folder directly below this one.
    init(_ name: [CChar], in parent: borrowing Folder) throws(SystemError) {
        let opened = openat(parent.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { throw SystemError(code: errno) }
        identity = try Folder.admitted(opened, parent.hidden)
        descriptor = opened
        hidden = parent.hidden
    }

    deinit { close(descriptor) }

    /// What became of reading a file.
    enum Contents {
        /// Its text, and the state it was read in.
        case text(String, FileStamp)
        /// It cannot be used; the stamp is `nil` when not even that is known.
        case skipped(SkipReason, FileStamp?)
        /// It is no longer there, or no longer a file.
        case gone
    }

    /// Reads a text file below the folder.
    ///
    /// - Parameters:
    ///   - path: The path from the folder, its parts separated by slashes.
    ///   - bytesMaximum: A larger file is skipped.
    func contents(of path: String, bytesMaximum: Int) -> Contents {
        let file: Int32
        do throws(SystemError) {
            file = try openFile(path)
        } catch {
            return error.isAbsence ? .gone : .skipped(.unreadable, nil)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return .skipped(.unreadable, nil) }
        guard !isHidden(status) else { return .skipped(.hidden, nil) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .gone }
        let stamp = FileStamp(status)
        guard stamp.size <= bytesMaximum else { return .skipped(.tooLarge, stamp) }
        guard let bytes = Folder.bytes(of: file, atMost: bytesMaximum + 1) else { return .skipped(.unreadable, stamp) }
        guard bytes.count <= bytesMaximum else { return .skipped(.tooLarge, stamp) }
        guard !bytes.contains(0) else { return .skipped(.binary, stamp) }
        guard let text = String(validating: bytes, as: UTF8.self) else { return .skipped(.notUTF8, stamp) }
        return .text(text, stamp)
    }

    /// The bytes of a small file directly in this folder; `nil` when it is not there, is no file or is too large.
    func smallFile(_ name: String, bytesMaximum: Int) -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        return Folder.smallFile(closing: file, bytesMaximum: bytesMaximum, hidden: hidden)
    }

    /// The bytes of a small file that is in no folder of a session, as git's own are.
    static func smallFile(
        at path: String, bytesMaximum: Int = FileLister.ignoreFileBytesMaximum, followsLinks: Bool = true
    ) -> [UInt8]? {
        let file = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (followsLinks ? 0 : O_NOFOLLOW))
        return smallFile(closing: file, bytesMaximum: bytesMaximum, hidden: [])
    }

    private static func smallFile(closing file: Int32, bytesMaximum: Int, hidden: Set<FileIdentity>) -> [UInt8]? {
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMaximum,
            !hidden.contains(FileIdentity(status))
        else { return nil }
        return bytes(of: file, atMost: bytesMaximum)
    }

    /// Whether something that was found in the folder is the server's own.
    func isHidden(_ status: stat) -> Bool { hidden.contains(FileIdentity(status)) }

    /// Opens a file part by part. A named pipe must not block, hence `O_NONBLOCK`.
    private func openFile(_ path: String) throws(SystemError) -> Int32 {
        var current = descriptor
        defer { if current != descriptor { close(current) } }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            guard Folder.isName(part) else { throw SystemError(code: ENOENT) }
            let isLast = index == parts.count - 1
            let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (isLast ? O_NONBLOCK : O_DIRECTORY)
            let next = openat(current, String(part), flags)
            guard next >= 0 else { throw SystemError(code: errno) }
            if isLast { return next }
            _ = try Folder.admitted(next, hidden)
            if current != descriptor { close(current) }
            current = next
        }
        throw SystemError(code: ENOENT)
    }

    private static func bytes(of file: Int32, atMost maximum: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < maximum {
            let capacity = min(64 << 10, maximum - bytes.count)
            var failure = false
            let piece = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let length = read(file, buffer.baseAddress, capacity)
                failure = length < 0
                count = max(0, length)
            }
            if failure {
                if errno == EINTR { continue }
                return nil
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }
}
