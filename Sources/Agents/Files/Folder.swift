import Glibc

/// Why a file's text cannot be used.
enum SkipReason: String, Hashable, Sendable {
    case binary
    case notUTF8 = "not UTF-8"
    case tooLarge = "too large"
    case unreadable
    case nameNotUTF8 = "its name is not UTF-8"
    case tooDeep = "in too many folders"

    /// Whether the file itself says it: then it need not be asked again before it changes. A permission can change
    /// without a trace in size and time.
    var isLasting: Bool { self != .unreadable }
}

/// What tells one state of a file from another without reading it.
struct FileStamp: Hashable, Sendable {
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
    var inode: Int64

    init(size: Int64, modified: Int64, inode: Int64) {
        self.size = size
        self.modified = modified
        self.inode = inode
    }

    /// A file system can hold any time at all: it wraps rather than traps, since it is only compared.
    init(_ status: stat) {
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        inode = Int64(truncatingIfNeeded: status.st_ino)
    }
}

/// A folder that is read without ever leaving it: no symbolic link is followed below it, and no `..`.
///
/// Each part of a path is opened on its own and relative to the one before, so that a folder that is swapped for a
/// link between the check and the use leads nowhere.
struct Folder: ~Copyable {
    let descriptor: Int32

    /// Opens the folder that a session names; this path may contain links, it is the user's own word.
    init(path: String) throws(SystemError) {
        let opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw SystemError(code: errno) }
        descriptor = opened
    }

    /// Opens a folder directly below this one.
    init(_ name: [CChar], in parent: borrowing Folder) throws(SystemError) {
        let opened = openat(parent.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { throw SystemError(code: errno) }
        descriptor = opened
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
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMaximum else {
            return nil
        }
        return Folder.bytes(of: file, atMost: bytesMaximum)
    }

    /// Opens a file part by part. A named pipe must not block, hence `O_NONBLOCK`.
    private func openFile(_ path: String) throws(SystemError) -> Int32 {
        var current = descriptor
        defer { if current != descriptor { close(current) } }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            guard !part.isEmpty, part != ".", part != ".." else { throw SystemError(code: ENOENT) }
            let isLast = index == parts.count - 1
            let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (isLast ? O_NONBLOCK : O_DIRECTORY)
            let next = openat(current, String(part), flags)
            guard next >= 0 else { throw SystemError(code: errno) }
            if isLast { return next }
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

/// What the system answered.
struct SystemError: Error, Hashable, CustomStringConvertible {
    var code: Int32

    /// The system's own words.
    var description: String { String(cString: strerror(code)) }

    /// Whether the thing is simply not there; a link where none may be counts as that.
    var isAbsence: Bool { [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(code) }
}
