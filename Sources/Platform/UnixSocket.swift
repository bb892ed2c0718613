import Glibc
import SystemPackage

/// Unix domain sockets by their paths.
public enum UnixSocket {
    /// What is at a path.
    public enum State: Hashable, Sendable {
        /// Nothing.
        case absent
        /// Something else than a socket: a file, a folder or a symbolic link, which is not followed.
        case other
        /// A socket on which nobody listens: its process has ended.
        case dead
        /// A socket on which a process listens; `nil` when its backlog is full, so that the process is not known.
        case alive(Peer?)
        /// It cannot be looked at, or connected to, for the reason with this number (errno(3)).
        case failed(Int32)
    }

    /// The process that listens, by SO_PEERCRED.
    public struct Peer: Hashable, Sendable {
        /// Its process ID; 0 when it is in another PID namespace.
        public var process: Int32
        /// Its effective user ID.
        public var user: UInt32
    }

    /// The longest path of a socket, in bytes (unix(7)).
    public static let pathBytesMaximum = 107

    /// Finds out what is at a path. Does not block.
    public static func state(at path: String) -> State {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            return errno == ENOENT || errno == ENOTDIR ? .absent : .failed(errno)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { return .other }
        let descriptor: Int32
        do { descriptor = try make() } catch { return .failed(error.number) }
        defer { close(descriptor) }
        guard withAddress(path, { connect(descriptor, $0, $1) }) != 0 else { return .alive(peer(of: descriptor)) }
        switch errno {
        case ECONNREFUSED: return .dead
        // The backlog is full; or a process has a socket of another type there.
        case EAGAIN, EPROTOTYPE: return .alive(nil)
        case ENOENT: return .absent
        case let code: return .failed(code)
        }
    }

    /// Whether a process listens at a path. Does not block.
    public static func isListening(at path: String) -> Bool {
        if case .alive = state(at: path) { true } else { false }
    }

    /// Creates a stream socket with this path and mode 0600, on which nobody listens yet.
    ///
    /// - Returns: The descriptor, non-blocking and closed on exec; the caller closes it.
    /// - Throws: ``SystemError``; `.addressInUse` when something is at the path, `.fileNameTooLong` for one beyond
    ///   ``pathBytesMaximum``.
    public static func bind(_ path: String) throws(SystemError) -> Int32 {
        guard path.utf8.count <= pathBytesMaximum else { throw SystemError("listen on \(path)", .fileNameTooLong) }
        let descriptor = try make()
        guard withAddress(path, { Glibc.bind(descriptor, $0, $1) }) == 0, chmod(path, 0o600) == 0 else {
            let code = Errno.last
            close(descriptor)
            throw SystemError("listen on \(path)", code)
        }
        return descriptor
    }

    private static func make() throws(SystemError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw SystemError("make a socket") }
        return descriptor
    }

    private static func peer(of descriptor: Int32) -> Peer? {
        // struct ucred, which the Glibc module does not export: process, user and group.
        var credentials: [UInt32] = [0, 0, 0]
        var length = socklen_t(12)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        return Peer(process: Int32(bitPattern: credentials[0]), user: credentials[1])
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count <= pathBytesMaximum else {
            errno = ENAMETOOLONG
            return -1
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
