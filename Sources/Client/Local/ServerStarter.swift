import Glibc
import Platform
import SystemPackage
import Wire

/// Starts `belayd` in its own session, so that it outlives the terminal, and without this process's descriptors and
/// environment.
struct ServerStarter: Sendable {
    /// The path of `belayd`, or its name on the PATH.
    let program: String
    /// The file that receives its standard output and error.
    let log: String
    /// Its command line, without the program.
    let arguments: [String]

    /// Starts the process.
    ///
    /// - Throws: ``SystemError`` when the log cannot be written or the program cannot be started.
    func start() throws(SystemError) -> pid_t {
        let lines = try BoundedLog.open(log)
        defer { close(lines) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, lines, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        // Inherited pipes are closed: their readers would otherwise wait for the server to end.
        for descriptor in StandardDescriptors.open where descriptor > STDERR_FILENO {
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
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | ServerStarter.newSession)
        let pointers = ([program] + arguments).map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        let environment = ServerEnvironment.passed(of: UserFolders.environment).map { strdup("\($0.key)=\($0.value)") }
        defer { for pointer in environment { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawnp(&process, program, &actions, &attributes, pointers + [nil], environment + [nil])
        guard result == 0 else { throw SystemError("start \(program)", .init(rawValue: result)) }
        return process
    }

    /// The last line of the log without control characters, at most 500 characters; `nil` when there is none.
    var lastLine: String? {
        let file = open(log, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
            count = max(0, pread(file, buffer.baseAddress, 4_096, max(0, status.st_size - 4_096)))
        }
        let line = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).last
        return line.map { String($0.prefix(500)).withoutControls }
    }

    /// POSIX_SPAWN_SETSID, which the Glibc module does not export.
    private static let newSession: Int16 = 0x80
}
