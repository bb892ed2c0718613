import Glibc
import Platform
public import Wire

/// A folder of databases that can be opened, although nothing may be written in the folder that they are in: a copy, if
/// necessary. SQLite itself needs files beside a database with a write-ahead log, also to read it.
///
/// Where nothing may be written nobody writes, so the copy is of one moment.
public final class ReadingPlace: Sendable {
    /// The folder to open the databases in.
    public let folder: String
    /// The names of the copies; `nil` when the folder is the databases' own.
    private let copies: [String]?

    /// The most bytes of a file that is copied; a longer one is left out.
    private static let bytesMaximum = 256 << 20

    /// Finds a place to read databases.
    ///
    /// - Parameters:
    ///   - folder: Where they are.
    ///   - names: Their file names; one that is not there, or is too long, is not there in the copy either.
    /// - Throws: ``StoreError`` when a copy is needed and cannot be made.
    public init(_ folder: String, _ names: [String]) throws(StoreError) {
        guard access(folder, W_OK) != 0 else {
            (self.folder, copies) = (folder, nil)
            return
        }
        let parent = UserFolders.environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = Array("\(parent)/belay-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            let reason = SystemError("create a folder in \(parent)")
            throw .failed("\(folder) is read-only, and no copy can be made: \(reason)")
        }
        self.folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var copies: [String] = []
        for name in names.flatMap({ [$0, $0 + "-wal"] }) {
            do throws(SystemError) {
                if try ReadingPlace.copy("\(folder)/\(name)", to: "\(self.folder)/\(name)") { copies.append(name) }
            } catch {
                self.copies = copies
                throw .failed("\(error)")
            }
        }
        self.copies = copies
    }

    deinit {
        guard let copies else { return }
        for name in copies { for suffix in ["", ".lock", "-wal", "-shm"] { unlink("\(folder)/\(name)\(suffix)") } }
        rmdir(folder)
    }

    /// - Returns: Whether there was something to copy.
    private static func copy(_ path: String, to target: String) throws(SystemError) -> Bool {
        let source = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard source >= 0 else {
            let error = SystemError("read \(path)")
            if error.isAbsence { return false }
            throw error
        }
        defer { close(source) }
        var status = stat()
        guard fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMaximum else {
            return false
        }
        let copy = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard copy >= 0 else { throw SystemError("write \(target)") }
        defer { close(copy) }
        var left = Int(status.st_size)
        while left > 0 {
            let count = sendfile(copy, source, nil, left)
            if count < 0 { throw SystemError("copy \(path)") }
            if count == 0 { break }
            left -= count
        }
        return true
    }
}
