import Glibc
import Platform
import SystemPackage

/// The user's editor, for text that is longer than is pleasant to type into a few rows.
struct TextEditor {
    /// The command line, for sh(1), to which the file is appended.
    private let command: String
    /// The folder of the temporary file; only its owner can read it.
    private let folder: String

    /// Why there is no edited text.
    enum Failure: Error {
        case system(SystemError)
        case ended(String)

        var description: String {
            switch self {
            case .system(let error): "belay \(error)"
            case .ended(let how): "the editor \(how)"
            }
        }
    }

    /// - Parameter environment: Where `VISUAL` and `EDITOR` are looked up; vi(1) is what POSIX has otherwise.
    init(environment: [String: String], folder: String) {
        command = ["VISUAL", "EDITOR"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? "vi"
        self.folder = folder
    }

    /// Edits a text on the terminal, and returns when the editor has ended.
    func edit(_ text: String) throws(Failure) -> String {
        // Editors choose the kind of the text by the end of its name.
        var template = Array("\(folder)/prompt-XXXXXX.md\0".utf8CString)
        let descriptor = mkstemps(&template, 3)
        guard descriptor >= 0 else { throw .system(SystemError("create a file in \(folder)")) }
        let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer { unlink(path) }
        let isWritten = TextEditor.write(text, to: descriptor)
        guard close(descriptor) == 0, isWritten else { throw .system(SystemError("write \(path)")) }
        try run(path)
        return try TextEditor.read(path)
    }

    private func run(_ path: String) throws(Failure) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process has blocked and ignored signals that an editor needs.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = ["sh", "-c", command + " \"$1\"", "sh", path]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for word in arguments { free(word) } }
        var child: pid_t = 0
        let failure = posix_spawn(&child, "/bin/sh", nil, &attributes, &arguments, environ)
        guard failure == 0 else { throw .system(SystemError("run /bin/sh", Errno(rawValue: failure))) }
        var status: Int32 = 0
        while true {
            guard waitpid(child, &status, WUNTRACED) == child else {
                if errno == EINTR { continue }
                throw .ended("cannot be waited for")
            }
            // The editor was suspended: the shell gets the terminal only when this process stops as well.
            guard status & 0xFF == 0x7F else { break }
            kill(getpid(), SIGSTOP)
            kill(child, SIGCONT)
        }
        let (code, signal) = (status >> 8 & 0xFF, status & 0x7F)
        if signal != 0 { throw .ended("was ended by signal \(signal)") }
        if code != 0 { throw .ended("ended with \(code)") }
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// An editor may have replaced the file, so it is opened again by its name.
    private static func read(_ path: String) throws(Failure) -> String {
        do throws(SystemError) {
            return try WholeFile.text(path, isRegular: true)
        } catch {
            throw .system(error)
        }
    }
}
