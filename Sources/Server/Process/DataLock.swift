import Glibc
import Platform
public import Wire

/// Keeps a second server out of a data folder, and says who serves it.
public final class DataLock: Sendable {
    private let lock: FileLock

    private init(_ lock: FileLock) { self.lock = lock }

    /// How long a client may hold the lock that looks whether a server does, in milliseconds.
    private static let patience: Int64 = 200

    /// Takes the lock.
    ///
    /// - Throws: ``FolderInUse`` when another server has it, ``ConfigurationError`` when the folder cannot be written.
    public static func take(in folder: String) throws -> DataLock {
        let path = "\(folder)/\(ServerNote.fileName)"
        do {
            if let lock = try FileLock.take(path, waiting: patience) {
                // What the last holder said of itself is not true of this one.
                try lock.write(note: "")
                return DataLock(lock)
            }
            switch try FileLock.attempt(path) {
            case .taken(let lock): return DataLock(lock)
            case .held(let note): throw FolderInUse(folder: folder, note: ServerNote(note))
            }
        } catch let error as SystemError {
            throw ConfigurationError("\(error)")
        }
    }

    /// Says who serves the folder, and where.
    ///
    /// - Throws: ``ConfigurationError`` when that cannot be written.
    public func announce(socket: String?) throws(ConfigurationError) {
        let note = ServerNote(process: getpid(), version: Version.current, socket: socket)
        do { try lock.write(note: note.text) } catch { throw ConfigurationError("\(error)") }
    }
}

/// Another server serves the data folder.
public struct FolderInUse: Error, Hashable, Sendable, CustomStringConvertible {
    /// The folder.
    public var folder: String
    /// What the other one says of itself.
    public var note: ServerNote?

    /// Another server.
    public init(folder: String, note: ServerNote?) {
        self.folder = folder
        self.note = note
    }

    /// The sentence.
    public var description: String {
        let name = note.map { "process \($0.process), version \($0.version)" } ?? "of an older version"
        return "another belayd (\(name)) serves \(folder): end it, or take another --data"
    }
}
