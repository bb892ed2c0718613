import Glibc
import Platform
import SystemPackage
public import Transport
import Wire

/// This user's private `belayd`: started in the background on demand, and left running.
///
/// There is one per state folder, independent of the environments of its clients: its socket is beside its lock. Where
/// that path is too long for a socket, the note in the lock file (`ServerNote`) says where the socket is.
public final class PrivateServer: Sendable {
    /// The name under which its chats are kept on this machine.
    public static let name = "private"

    private let folders: Folders
    private let data: String
    private let socket: String
    private let starter: ServerStarter
    private let state: Locked<State>

    private struct State {
        var endpoint: Endpoint
        var child: pid_t?
    }

    /// Time-out for the server to start listening, in milliseconds.
    private static let timeout: Int64 = 5_000

    /// Creates a handle for this user's private server; nothing is started yet.
    ///
    /// - Parameters:
    ///   - folders: The client's folders; the server's data is in their state folder.
    ///   - program: The path of `belayd`.
    ///   - expire: `--expire` of the server: how long it keeps chats that no client attaches to.
    /// - Throws: ``ClientError/folder(_:)`` when another user could replace the socket.
    public init(folders: Folders, program: String, expire: String) throws(ClientError) {
        // The data may be on another disk, behind a link, and the permissions of the target are what counts.
        data = FolderPath.real(folders.state + "/server")
        let beside = "\(data)/\(ServerNote.socketName)"
        // This one may be too long as well; that matters only when a server has to be started.
        socket = PrivateServer.fits(beside) ? beside : "\(folders.runtime)/belayd-\(FNV1a.name(of: data)).sock"
        // Checked before anything is sent there. A folder that does not exist is created and checked when the server
        // starts.
        try FolderUse.sockets.check(PrivateFolder.parent(of: socket))
        let log = folders.state + "/belayd.log"
        starter = ServerStarter(
            program: program, log: log,
            arguments: ["serve", "--socket", socket, "--data", data, "--expire", expire, "--log", log])
        state = Locked(State(endpoint: Endpoint(address: .unix(path: socket))))
        self.folders = folders
    }

    private static func fits(_ path: String) -> Bool { path.utf8.count <= UnixSocket.pathBytesMaximum }

    /// Whether something else than a socket is where the server has its socket. A server that starts replaces it.
    public var isSocketReplaced: Bool { UnixSocket.state(at: socket) == .other }

    /// The address where the server listens, as far as is known; ``reach()`` updates it.
    public var endpoint: Endpoint { state.withLock { $0.endpoint } }

    /// How ``reach()`` found the server.
    public enum Found: Hashable, Sendable {
        /// It was started.
        case started
        /// It was running; what error messages call it, with its process ID.
        case running(String)
    }

    /// Makes sure that the server runs, and finds out where it listens. Blocks until it does, about five seconds at
    /// most. Concurrent callers in other processes are serialised: one starts the server, the others wait for it.
    ///
    /// - Throws: ``ClientError/folder(_:)``, naming the process that holds the lock, or the server's log;
    ///   ``ClientError/configuration(_:)`` when the server cannot start before something is corrected.
    public func reach() throws(ClientError) -> Found {
        try Folders.make(folders.state)
        try Folders.make(PrivateFolder.parent(of: socket), .sockets)
        do { return try find() } catch let error as ClientError { throw error } catch { throw .folder("\(error)") }
    }

    private func find() throws -> Found {
        let deadline = SystemClock.sinceBoot + PrivateServer.timeout * 1_000_000
        // Testing whether the server's lock is free takes it for a moment, so `start.lock` admits one process at a
        // time.
        guard let turn = try FileLock.take(folders.state + "/start.lock", waiting: PrivateServer.timeout) else {
            throw ClientError.folder(
                "another belay has been starting the private server for five seconds: end that one, or read"
                    + " \(starter.log)")
        }
        defer { withExtendedLifetime(turn) {} }
        var holder: String?
        var ended: UnixSocket.Peer?
        while SystemClock.sinceBoot < deadline {
            holder = try holderNote()
            guard let holder else {
                // A server takes its lock before it listens: one that listens without it has lost its data folder.
                if case .alive(let peer) = UnixSocket.state(at: socket) {
                    // Once: a second signal would not let it finish.
                    if peer != ended { try endOrphan(peer) }
                    ended = peer
                } else if try start(until: deadline) {
                    return .started
                }
                usleep(20_000)
                continue
            }
            // It may have been started with another environment, or by a version that used another path.
            let places = [socket] + [ServerNote(holder)?.socket].compactMap(\.self) + earlierPlaces
            if places.contains(where: listens) { return .running("the private server (\(name(of: holder)))") }
            // It is about to start listening, or to create its socket again.
            usleep(20_000)
        }
        guard let holder else {
            throw ClientError.folder(
                "a server without its data still listens at \(socket): end it, or read \(starter.log)")
        }
        let note = ServerNote(holder)
        throw ClientError.folder(
            "the private server (\(name(of: holder))) holds \(data)/\(ServerNote.fileName) and does not answer at \(socket):"
                + " end it\(note.map { " with kill \($0.process)" } ?? ""), or read \(starter.log)")
    }

    private func name(of holder: String) -> String {
        ServerNote(holder).map { "process \($0.process), version \($0.version)" } ?? "of an older version"
    }

    /// Ends a server whose lock file was removed or replaced: it can store nothing any more. It ends by itself within
    /// a second or two, unless it is of an earlier version.
    private func endOrphan(_ peer: UnixSocket.Peer?) throws {
        guard let peer, peer.user == geteuid(), peer.process > 1 else { return }
        guard kill(peer.process, SIGTERM) == 0 || errno == ESRCH else {
            throw SystemError("end process \(peer.process)")
        }
    }

    /// Sends SIGTERM to the server that holds the lock, if it still has that version; the next connection starts the
    /// program that is installed now.
    ///
    /// The process is the one that listens on the server's socket (SO_PEERCRED, unix(7)): the number in the note is
    /// that of the server's own PID namespace, and may be another process here.
    ///
    /// - Throws: ``ClientError/folder(_:)`` when the lock cannot be read, when the server runs in another PID
    ///   namespace, or when the signal is not allowed.
    public func end(version: String) throws(ClientError) {
        let text: String?
        do { text = try holderNote() } catch { throw .folder("\(error)") }
        guard let note = text.flatMap({ ServerNote($0) }), note.version == version else { return }
        // One that does not listen any more is about to end.
        guard case .alive(let peer) = UnixSocket.state(at: note.socket ?? socket) else { return }
        guard let peer, peer.user == geteuid(), peer.process > 1 else {
            throw .folder(
                "it runs in another PID namespace, such as a container, as process \(note.process): end it there")
        }
        guard kill(peer.process, SIGTERM) == 0 || errno == ESRCH else {
            throw .folder("\(SystemError("end process \(peer.process)"))")
        }
    }

    /// The note of the server that holds the lock; `nil` when the lock is free.
    private func holderNote() throws -> String? {
        try Folders.make(data)
        switch try FileLock.attempt("\(data)/\(ServerNote.fileName)") {
        case .held(let note): return note
        case .taken: return nil
        }
    }

    /// Starts the server, and waits until it listens.
    ///
    /// - Returns: Whether it listens; `false` when another process was faster.
    private func start(until deadline: Int64) throws -> Bool {
        state.withLock { state in
            // Reaps an earlier server that died.
            if let old = state.child, waitpid(old, nil, WNOHANG) == old { state.child = nil }
        }
        guard PrivateServer.fits(socket) else {
            throw ClientError.folder(
                "\(socket) is too long for a socket (\(UnixSocket.pathBytesMaximum) bytes): set XDG_RUNTIME_DIR to a"
                    + " shorter path")
        }
        let process: pid_t
        do { process = try starter.start() } catch {
            let isNoFile = error.code == .invalidArgument || error.code == .isDirectory
            throw isNoFile ? ClientError.configuration("\(error): remove it") : .folder("\(error)")
        }
        state.withLock { $0.child = process }
        while SystemClock.sinceBoot < deadline {
            if listens(at: socket) { return true }
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process {
                state.withLock { $0.child = nil }
                if status & 0x7F == 0, status >> 8 & 0xFF == BatchExit.temporaryFailure.rawValue { return false }
                // The server has logged the reason in one line, such as another user's folder or a full disk.
                let reason = starter.lastLine.map { "\($0) (from \(starter.log))" } ?? "read \(starter.log)"
                let message = "the private server exited at once: \(reason)"
                guard status >> 8 & 0xFF == BatchExit.configuration.rawValue else { throw ClientError.folder(message) }
                throw ClientError.configuration(message)
            }
            usleep(5_000)
        }
        throw ClientError.folder("the private server does not answer: the last lines of \(starter.log) say why")
    }

    /// The sockets where a server of version 0.1.0, which wrote no note, may listen.
    private var earlierPlaces: [String] {
        ["\(folders.runtime)", "\(folders.state)/run", "/run/user/\(geteuid())/belay"].map {
            "\($0)/\(ServerNote.socketName)"
        }
    }

    /// Whether a server accepts connections there; if so, that is the address to dial.
    private func listens(at path: String) -> Bool {
        guard UnixSocket.isListening(at: path) else { return false }
        state.withLock { $0.endpoint = Endpoint(address: .unix(path: path)) }
        return true
    }

    /// The path of `belayd`: beside this program, or on the PATH.
    public static func findProgram(environment: [String: String]) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        if count > 0 {
            let own = String(decoding: buffer[..<count], as: UTF8.self)
            let beside = PrivateFolder.parent(of: own) + "/belayd"
            if access(beside, X_OK) == 0 { return beside }
        }
        for folder in (environment["PATH"] ?? "").split(separator: ":") where access("\(folder)/belayd", X_OK) == 0 {
            return "\(folder)/belayd"
        }
        return "belayd"
    }
}
