import Glibc
import Platform

/// The file of a listening Unix domain socket.
///
/// The socket is bound under a temporary name in the same folder and renamed once it accepts connections, so that at
/// each moment the path leads to a listener, the old one or the new one.
struct SocketFile: Sendable {
    /// The bound socket; NIO's channel closes it.
    let descriptor: Int32
    let path: String
    private let temporary: String
    private let identity: FileIdentity

    /// Binds a socket for a path at which no other process listens.
    ///
    /// - Parameter isFolderOwn: As in ``Listener/Configuration``.
    /// - Throws: ``ListenError`` when another process listens there, or the socket cannot be made.
    init(_ path: String, isFolderOwn: Bool) throws(ListenError) {
        self.path = path
        switch UnixSocket.state(at: path) {
        case .absent, .dead: break
        case .other where isFolderOwn: break
        case .other: throw ListenError(socket: path, EEXIST)
        case .alive: throw ListenError(socket: path, EADDRINUSE)
        case .failed(let code): throw ListenError(socket: path, code)
        }
        let short = "\(PrivateFolder.parent(of: path))/.b\(String(getpid(), radix: 36))"
        // A path of the greatest length with a very short name leaves no room for a temporary one.
        temporary = short.utf8.count <= UnixSocket.pathBytesMaximum ? short : path
        unlink(temporary)
        // It is bound under a shorter name; a client has to connect by the whole one.
        guard path.utf8.count <= UnixSocket.pathBytesMaximum else { throw ListenError(socket: path, ENAMETOOLONG) }
        do { descriptor = try UnixSocket.bind(temporary) } catch { throw ListenError(socket: path, error.number) }
        guard let identity = FileIdentity(at: temporary) else {
            close(descriptor)
            throw ListenError(socket: path, ENOENT)
        }
        self.identity = identity
    }

    /// Gives the socket its name. Call it when connections are accepted.
    ///
    /// - Throws: ``ListenError``; the file is then removed.
    func publish() throws(ListenError) {
        guard temporary != path else { return }
        if rename(temporary, path) == 0 { return }
        // A folder is in its place, which only happens in a folder of the server's own. It is kept under another name:
        // nobody knows what is in it.
        if errno == EISDIR, rename(path, "\(path).\(getpid()).old") == 0, rename(temporary, path) == 0 { return }
        let code = errno
        unlink(temporary)
        throw ListenError(socket: path, code)
    }

    /// Whether the path still leads to this socket.
    var isInPlace: Bool { FileIdentity(at: path) == identity }

    /// Removes the file, unless the path leads to another one.
    func remove() {
        for name in [path, temporary] where FileIdentity(at: name) == identity { unlink(name) }
    }
}
