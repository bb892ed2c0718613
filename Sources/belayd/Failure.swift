import Glibc
import Wire
import Server
import Transport

/// How failures of `belayd` are said: one line on standard error, and the exit code of sysexits.h.
enum Failure {
    static let temporary: Int32 = 75

    static func print(_ message: String) {
        let line = "belayd: \(message)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }

    static func code(for error: any Error) -> Int32 {
        switch error {
        case is ConfigurationError, is TLSFileError: 78
        case is ListenError: 69
        case StoreError.full: 74
        case is StoreError: 74
        default: 70
        }
    }
}
