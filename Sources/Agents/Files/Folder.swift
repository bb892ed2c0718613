import Glibc

/// A folder that can be read without leaving it: no symbolic link and no `..` is followed below it.
///
/// Each component is opened with openat(2) relative to the one before and with O_NOFOLLOW, so that a folder that is
/// replaced by a link between check and use cannot be followed (TOCTOU). This has the effect of openat2(2) with
/// RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, but works on every kernel and in every sandbox. Hard links are not
/// affected.
struct Folder: ~Copyable {
    let descriptor: Int32
    /// The identity of the folder.
    let identity: FileIdentity
    /// Files and folders of the server, which are skipped.
    let hidden: Set<FileIdentity>

    /// Opens the folder of a session.
    ///
    /// - Throws: ``SystemError``; EACCES when it is one of the hidden ones.
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

    /// The result of reading a file.
    enum Contents {
        /// The text, and the stamp of the file that was read.
        case text(String, FileStamp)
        /// The file is skipped; the stamp is `nil` when the file could not be opened.
        case skipped(SkipReason, FileStamp?)
        /// The path no longer exists, or is no longer a file.
        case gone
    }

    /// Reads a text file below the folder.
    ///
    /// - Parameters:
    ///   - path: The path relative to the folder, with slashes.
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

    /// The bytes of a small file directly in this folder; `nil` when there is none, or no regular file.
    ///
    /// - Throws: ``SystemError`` when it cannot be read, EFBIG when it is too large.
    func smallFile(_ name: String, bytesMaximum: Int) throws(SystemError) -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        return try Folder.smallFile(closing: file, bytesMaximum: bytesMaximum, hidden: hidden)
    }

    /// As ``smallFile(_:bytesMaximum:)`` for a file outside of the session's folder, such as git's own.
    static func smallFile(
        at path: String, bytesMaximum: Int = FileLister.ignoreFileBytesMaximum, followsLinks: Bool = true
    ) throws(SystemError) -> [UInt8]? {
        let file = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (followsLinks ? 0 : O_NOFOLLOW))
        return try smallFile(closing: file, bytesMaximum: bytesMaximum)
    }

    private static func smallFile(
        closing file: Int32, bytesMaximum: Int, hidden: Set<FileIdentity> = []
    ) throws(SystemError) -> [UInt8]? {
        guard file >= 0 else {
            let error = SystemError(code: errno)
            if error.isAbsence { return nil }
            throw error
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw SystemError(code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, !hidden.contains(FileIdentity(status)) else { return nil }
        guard let bytes = bytes(of: file, atMost: bytesMaximum + 1) else { throw SystemError(code: errno) }
        guard bytes.count <= bytesMaximum else { throw SystemError(code: EFBIG) }
        return bytes
    }

    /// Whether a file of the folder is one of the server's own.
    func isHidden(_ status: stat) -> Bool { hidden.contains(FileIdentity(status)) }

    /// Opens a file component by component. With `O_NONBLOCK`, since opening a named pipe would block.
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
