import Glibc
import Platform
public import Wire

/// The lock on a data folder: keeps a second server out, and tells clients which process serves it.
public final class DataLock: Sendable {
    private let lock: FileLock
    /// The lock on the folder itself, which keeps a second server out if somebody removes the lock file; `nil` where
    /// the file system has no locks for folders.
    private let folder: FileLock?

    private init(_ lock: FileLock, _ folder: FileLock?) { (self.lock, self.folder) = (lock, folder) }

    /// Whether the lock file was removed, moved or replaced: clients start another server for the path, and this one
    /// has to end.
    public var isLost: Bool { lock.isLost }

    /// How long to wait for the lock, in milliseconds: a client that checks for a server holds it for a moment.
    private static let timeout: Int64 = 200

    /// Takes the lock, which is held until the process ends.
    ///
    /// - Throws: ``FolderInUse`` when another server has it, ``ConfigurationError`` when the folder cannot be written.
    public static func take(in folder: String) throws -> DataLock {
        let path = "\(folder)/\(ServerNote.fileName)"
        do {
            guard let lock = try FileLock.take(path, waiting: timeout) else {
                guard case .held(let note) = try FileLock.attempt(path) else { return try take(in: folder) }
                throw FolderInUse(folder: folder, note: .init(note))
            }
            let own: FileLock?
            do {
                guard let taken = try FileLock.folder(folder) else { throw FolderInUse(folder: folder, note: nil) }
                own = taken
            } catch is SystemError { own = nil }
            // Clear the note of the last holder; `announce(socket:)` writes this one's.
            try lock.write(note: "")
            return DataLock(lock, own)
        } catch let error as SystemError {
            throw ConfigurationError("\(error)")
        }
    }

    /// Writes process, version and socket of this server into the lock file, where clients read them (``ServerNote``).
    ///
    /// - Throws: ``ConfigurationError`` when the file cannot be written.
    public func announce(socket: String?) throws(ConfigurationError) {
        let note = ServerNote(process: getpid(), version: Version.current, socket: socket)
        do { try lock.write(note: note.text) } catch { throw ConfigurationError("\(error)") }
    }
}

/// Another server serves the data folder.
public struct FolderInUse: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the data folder.
    public var folder: String
    /// The note of the other server; `nil` for one that is older than such notes, or whose lock file was removed.
    public var note: ServerNote?

    /// Creates the error for a folder whose lock is held.
    public init(folder: String, note: ServerNote?) {
        self.folder = folder
        self.note = note
    }

    /// One sentence: which server holds the folder, and what to do.
    public var description: String {
        let name = note.map { "process \($0.process), version \($0.version)" } ?? "which left no note"
        return "another belayd (\(name)) serves \(folder): stop it, or choose another folder with --data"
    }
}

/// The files that the server had opened in its data folder were removed, moved or replaced.
public struct FolderLost: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the data folder.
    public var folder: String

    /// One sentence: what happened, and what to do.
    public var description: String {
        "the lock or the journal in \(folder) was removed, moved or replaced, and belayd has ended: start it again"
    }
}
