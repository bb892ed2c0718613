import Glibc
import SystemPackage

/// An exclusive lock on a file (flock(2)), which the system releases when its holder exits, however it does.
///
/// The holder may write a note about itself into the file, which a process that does not get the lock can read.
public final class FileLock: Sendable {
    /// The outcome of ``attempt(_:)``.
    public enum Attempt: Sendable {
        /// The lock was taken.
        case taken(FileLock)
        /// Another process or object holds it, and has written this note.
        case held(note: String)
    }

    /// The longest note, in bytes.
    public static let noteBytesMaximum = 4_096

    private let descriptor: FileDescriptor
    private let path: String

    private init(_ descriptor: FileDescriptor, _ path: String) { (self.descriptor, self.path) = (descriptor, path) }

    /// Whether the path does not lead to the locked file any more, so that another process may lock a new one there.
    public var isLost: Bool { FileIdentity(of: descriptor.rawValue)?.isGone(from: path) ?? true }

    /// Tries to take the lock without waiting.
    ///
    /// - Parameter path: The file; created with mode 0600 if it does not exist. A symbolic link is refused.
    /// - Throws: ``SystemError`` when the file cannot be opened, or its file system does not support locks.
    public static func attempt(_ path: String) throws(SystemError) -> Attempt {
        let descriptor = try open(path)
        guard try !lock(descriptor, path) else { return .taken(FileLock(descriptor, path)) }
        defer { try? descriptor.close() }
        return .held(note: note(in: descriptor))
    }

    /// Tries to lock a folder itself, without waiting: unlike a file in it, it cannot be replaced while its contents
    /// are in use. The lock has no note.
    ///
    /// - Returns: `nil` when another process or object holds it.
    /// - Throws: ``SystemError`` when the folder cannot be opened, or its file system has no locks for folders, as NFS.
    public static func folder(_ path: String) throws(SystemError) -> FileLock? {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("open \(path)") }
        let descriptor = FileDescriptor(rawValue: number)
        if try lock(descriptor, path) { return FileLock(descriptor, path) }
        try? descriptor.close()
        return nil
    }

    /// Returns whether the lock was taken; closes the descriptor when it throws.
    private static func lock(_ descriptor: FileDescriptor, _ path: String) throws(SystemError) -> Bool {
        if flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 { return true }
        let code = Errno.last
        if code == .wouldBlock { return false }
        try? descriptor.close()
        throw SystemError("lock \(path)", code)
    }

    /// Takes the lock, waiting for it if necessary.
    ///
    /// - Parameter milliseconds: How long to wait at most.
    /// - Returns: `nil` when another holder still has it after that time.
    /// - Throws: ``SystemError`` as ``attempt(_:)`` does.
    public static func take(_ path: String, waiting milliseconds: Int64) throws(SystemError) -> FileLock? {
        let deadline = SystemClock.sinceBoot + milliseconds * 1_000_000
        while true {
            switch try attempt(path) {
            case .taken(let lock): return lock
            case .held where SystemClock.sinceBoot >= deadline: return nil
            case .held: usleep(5_000)
            }
        }
    }

    /// Replaces the note in the file, at most ``noteBytesMaximum`` bytes.
    ///
    /// - Throws: ``SystemError`` when it cannot be written.
    public func write(note: String) throws(SystemError) {
        do {
            guard ftruncate(descriptor.rawValue, 0) == 0 else { throw Errno.last }
            _ = try descriptor.writeAll(toAbsoluteOffset: 0, note.utf8.prefix(FileLock.noteBytesMaximum))
        } catch {
            throw SystemError("write to a lock file", error as? Errno ?? .ioError)
        }
    }

    private static func note(in descriptor: FileDescriptor) -> String {
        let bytes = [UInt8](unsafeUninitializedCapacity: noteBytesMaximum) { buffer, count in
            count =
                (try? descriptor.read(fromAbsoluteOffset: 0, into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func open(_ path: String) throws(SystemError) -> FileDescriptor {
        // Non-blocking: a FIFO in the place of the file is no reason to wait.
        let number = Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard number >= 0 else { throw SystemError("open \(path)") }
        return FileDescriptor(rawValue: number)
    }

    deinit { try? descriptor.close() }
}
