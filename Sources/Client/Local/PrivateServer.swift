import Glibc
import Synchronization
public import Transport

/// The `belayd` of this user: started in the background when it is wanted and not there, and left running.
public final class PrivateServer: Sendable {
    /// Where it listens.
    public let endpoint: Endpoint
    private let folders: Folders
    private let program: String
    private let expire: String
    private let lastProcess = Mutex<pid_t?>(nil)

    /// How long a server that was started may take until it listens.
    private static let patienceMilliseconds = 5_000

    /// The private server of this user.
    ///
    /// - Parameters:
    ///   - folders: Where its socket and its data are.
    ///   - program: The path of `belayd`.
    ///   - expire: How long it keeps chats that nobody opens.
    /// - Throws: ``ClientError/folder(_:)`` when the socket's path is too long for a socket (unix(7)), or others could have
    ///   put theirs in its place.
    public init(folders: Folders, program: String, expire: String) throws(ClientError) {
        let path = folders.runtime + "/belayd.sock"
        guard path.utf8.count < 108 else {
            throw .folder("\(path) is too long for a socket: set XDG_RUNTIME_DIR to a shorter path")
        }
        // Before anything is said there. A folder that is not there is made, and looked at, when the server is started.
        try FolderUse.sockets.check(folders.runtime)
        endpoint = Endpoint(address: .unix(path: path))
        self.folders = folders
        self.program = program
        self.expire = expire
    }

    /// The `belayd` beside this program, or the one on the PATH.
    public static func findProgram(environment: [String: String]) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        if count > 0 {
            let own = String(decoding: buffer[..<count], as: UTF8.self)
            let beside = own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/belayd"
            if access(beside, X_OK) == 0 { return beside }
        }
        for folder in (environment["PATH"] ?? "").split(separator: ":") where access("\(folder)/belayd", X_OK) == 0 {
            return "\(folder)/belayd"
        }
        return "belayd"
    }

    /// Sees to it that the server runs. Blocks until it listens, five seconds at most. Ten programs may call this at
    /// once: one starts the server, the others wait for it.
    ///
    /// - Throws: ``ClientError/folder(_:)``, naming the server's log.
    public func ensureRunning() throws(ClientError) {
        try Folders.make(folders.runtime, .sockets)
        try Folders.make(folders.state)
        let lock = open(folders.runtime + "/start.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw .folder("cannot write to \(folders.runtime): \(String(cString: strerror(errno)))")
        }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0, errno == EINTR {}
        if isListening { return }
        let log = folders.state + "/belayd.log"
        let process = try start(log: log)
        for _ in 0..<(PrivateServer.patienceMilliseconds / 5) {
            if isListening { return }
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process {
                lastProcess.withLock { $0 = nil }
                // Another user's lock or a full disk: the server said it in one line.
                throw .folder("the private server ended at once; the end of \(log) says why")
            }
            usleep(5_000)
        }
        throw .folder("the private server does not answer; the end of \(log) says why")
    }

    private var isListening: Bool {
        guard case .unix(let path) = endpoint.address else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    /// Starts the server in a session of its own, so that it outlives the terminal.
    private func start(log: String) throws(ClientError) -> pid_t {
        lastProcess.withLock { process in
            // One that was started earlier and died is not left as a zombie.
            if let old = process, waitpid(old, nil, WNOHANG) == old { process = nil }
        }
        guard case .unix(let path) = endpoint.address else { preconditionFailure("a private server has a socket") }
        let arguments = [
            program, "serve", "--socket", path, "--data", folders.state + "/server", "--expire", expire,
        ]
        let lines = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard lines >= 0 else { throw .folder("cannot write to \(log): \(String(cString: strerror(errno)))") }
        defer { close(lines) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The input comes last: a program that was started without one has the log under its number.
        posix_spawn_file_actions_adddup2(&actions, lines, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        // Whoever waits for the end of a pipe that this program inherited does not wait for the server.
        for descriptor in PrivateServer.openDescriptors where descriptor > STDERR_FILENO {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | PrivateServer.newSession)
        let pointers = arguments.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        let environment = ServerEnvironment.passed(of: Folders.environment).map { strdup("\($0.key)=\($0.value)") }
        defer { for pointer in environment { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawnp(&process, program, &actions, &attributes, pointers + [nil], environment + [nil])
        guard result == 0 else {
            throw .folder("\(program) cannot be started: \(String(cString: strerror(result)))")
        }
        let started = process
        lastProcess.withLock { $0 = started }
        return process
    }

    private static var openDescriptors: [Int32] {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        var descriptors: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let descriptor = Int32(name) { descriptors.append(descriptor) }
        }
        return descriptors
    }

    /// POSIX_SPAWN_SETSID, which Glibc's module hides.
    private static let newSession: Int16 = 0x80
}
