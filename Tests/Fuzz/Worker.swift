import Fuzzing
import Glibc

/// Starts this program again for one target, and sees how it ended.
enum Worker {
    /// - Returns: Whether all went well. Otherwise what was wrong is printed.
    static func run(_ target: FuzzTarget, seed: UInt64, seconds: UInt64) -> Bool {
        let path = "/tmp/fuzz-note.\(getpid())"
        guard let note = Note(path: path, isNew: true) else {
            print("\(target.name): \(path) cannot be made")
            return false
        }
        defer {
            note.unmap()
            unlink(path)
        }
        let words = [
            "/proc/self/exe", "--target", target.name, "--seed", "\(seed)", "--seconds", "\(seconds)", "--note", path,
        ]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var child: pid_t = 0
        guard posix_spawn(&child, words[0], nil, nil, arguments, environ) == 0 else {
            print("\(target.name): the child cannot be started")
            return false
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        guard signal != 0 else { return status == 0 }
        let how = signal == SIGALRM ? "hangs" : "ends by signal \(signal)"
        print("\(target.name): \(how): \(Files.keep(note.bytes, of: target.name))")
        return false
    }
}
