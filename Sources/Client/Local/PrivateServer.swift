import Glibc
import Platform
import Synchronization
public import Transport
import Wire

/// The `belayd` of this user: started in the background when it is wanted and not there, and left running.
///
/// There is one for a state folder, whatever the environments say of the programs that look for it: its socket is beside
/// its lock, and where a path there is too long for a socket, the note in the lock file says where it is.
public final class PrivateServer: Sendable {
    /// The name under which its chats are kept on this machine.
    public static let name = "private"

    private let folders: Folders
    private let data: String
    private let socket: String
    private let starter: ServerStarter
    private let state: Mutex<State>

    private struct State {
        var endpoint: Endpoint
        var child: pid_t?
    }

    /// How long a server may take until it listens, in milliseconds.
    private static let patience: Int64 = 5_000

    /// The private server of this user.
    ///
    /// - Parameters:
    ///   - folders: Where its data are.
    ///   - program: The path of `belayd`.
    ///   - expire: How long it keeps chats that nobody opens.
    /// - Throws: ``ClientError/folder(_:)`` when no path is short enough for a socket (unix(7)), or others could have put
    ///   theirs in its place.
    public init(folders: Folders, program: String, expire: String) throws(ClientError) {
        data = PrivateServer.resolved(folders.state + "/server")
        let beside = "\(data)/\(ServerNote.socketName)"
        var sum = FNV1a()
        sum.add(data)
        socket = PrivateServer.fits(beside) ? beside : "\(folders.runtime)/belayd-\(String(sum.value, radix: 36)).sock"
        guard PrivateServer.fits(socket) else {
            throw .folder("\(socket) is too long for a socket: set XDG_RUNTIME_DIR to a shorter path")
        }
        // Before anything is said there. A folder that is not there is made, and looked at, when the server is started.
        try FolderUse.sockets.check(PrivateFolder.parent(of: socket))
        let log = folders.state + "/belayd.log"
        starter = ServerStarter(
            program: program, log: log,
            arguments: ["serve", "--socket", socket, "--data", data, "--expire", expire, "--log", log])
        state = Mutex(State(endpoint: Endpoint(address: .unix(path: socket))))
        self.folders = folders
    }

    /// The data may be on another disk, behind a link of this user's; what is looked at is where it leads.
    private static func resolved(_ folder: String) -> String {
        guard let real = realpath(folder, nil) else { return folder }
        defer { free(real) }
        return String(cString: real)
    }

    /// The most bytes of a socket's path are 107 (unix(7)).
    private static func fits(_ path: String) -> Bool { path.utf8.count < 108 }

    /// Where it listens, as far as is known.
    public var endpoint: Endpoint { state.withLock { $0.endpoint } }

    /// Sees to it that the server runs, and finds out where it listens. Blocks until it does, some five seconds at most.
    /// Ten programs may call this at once: one starts the server, the others wait for it.
    ///
    /// - Throws: ``ClientError/folder(_:)``, naming the process that is in the way, or the server's log.
    public func reach() throws(ClientError) {
        try Folders.make(folders.state)
        try Folders.make(PrivateFolder.parent(of: socket), .sockets)
        do { try find() } catch let error as ClientError { throw error } catch { throw .folder("\(error)") }
    }

    private func find() throws {
        if listens(at: socket) { return }
        let deadline = SystemClock.sinceBoot + PrivateServer.patience * 1_000_000
        // Whoever looks whether the lock of a server is free holds it for a moment; one at a time does.
        guard let turn = try FileLock.take(folders.state + "/start.lock", waiting: PrivateServer.patience) else {
            throw ClientError.folder(
                "another belay has been starting the private server for five seconds: end it, or look into"
                    + " \(starter.log)")
        }
        defer { withExtendedLifetime(turn) {} }
        var note: ServerNote?
        while SystemClock.sinceBoot < deadline {
            if listens(at: socket) { return }
            guard let text = try holderNote() else {
                if try start(until: deadline) { return }
                continue
            }
            note = ServerNote(text)
            // It was started with another environment, or is older than its socket's present place.
            if ([note?.socket].compactMap(\.self) + earlierPlaces).contains(where: listens) { return }
            // It is about to listen, or to make its socket again.
            usleep(20_000)
        }
        let name = note.map { "process \($0.process), version \($0.version)" } ?? "of an older version"
        throw ClientError.folder(
            "the private server (\(name)) holds \(data)/\(ServerNote.fileName) and does not answer at \(socket):"
                + " end it\(note.map { " with kill \($0.process)" } ?? ""), or look into \(starter.log)")
    }

    /// Tells the server that serves the folder to end in order, if it still is the one of that version; who connects next
    /// starts the program that is installed now.
    ///
    /// - Throws: ``ClientError/folder(_:)``.
    public func end(version: String) throws(ClientError) {
        let text: String?
        do { text = try holderNote() } catch { throw .folder("\(error)") }
        guard let note = text.flatMap({ ServerNote($0) }), note.version == version else { return }
        guard kill(note.process, SIGTERM) == 0 || errno == ESRCH else {
            throw .folder("\(SystemError("end process \(note.process)"))")
        }
    }

    /// What the server says of itself that serves the folder; `nil` when none does.
    private func holderNote() throws -> String? {
        try Folders.make(data)
        switch try FileLock.attempt("\(data)/\(ServerNote.fileName)") {
        case .held(let note): return note
        case .taken: return nil
        }
    }

    /// Starts the server, and waits until it listens.
    ///
    /// - Returns: Whether it does; not when another one came first.
    private func start(until deadline: Int64) throws -> Bool {
        state.withLock { state in
            // One that was started earlier and died is not left as a zombie.
            if let old = state.child, waitpid(old, nil, WNOHANG) == old { state.child = nil }
        }
        let process = try starter.start()
        state.withLock { $0.child = process }
        while SystemClock.sinceBoot < deadline {
            if listens(at: socket) { return true }
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process {
                state.withLock { $0.child = nil }
                if status & 0x7F == 0, status >> 8 & 0xFF == BatchExit.temporaryFailure.rawValue { return false }
                // Another user's folder or a full disk: the server said it in one line.
                throw ClientError.folder("the private server ended at once; the end of \(starter.log) says why")
            }
            usleep(5_000)
        }
        throw ClientError.folder("the private server does not answer; the end of \(starter.log) says why")
    }

    /// Where servers of version 0.1.0 may listen, which wrote no note.
    private var earlierPlaces: [String] {
        ["\(folders.runtime)", "\(folders.state)/run", "/run/user/\(geteuid())/belay"].map {
            "\($0)/\(ServerNote.socketName)"
        }
    }

    /// Whether a server listens there; it is the one that is dialled then.
    private func listens(at path: String) -> Bool {
        guard UnixSocket.isListening(at: path) else { return false }
        state.withLock { $0.endpoint = Endpoint(address: .unix(path: path)) }
        return true
    }

    /// The `belayd` beside this program, or the one on the PATH.
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
