import ArgumentParser
import Platform
import Server
import SystemPackage
import Transport
import Wire

/// How failures of `belayd` are said: one line on standard error, and the exit code of sysexits.h.
enum Failure {
    /// Says something to the operator; nothing hangs on whether anybody hears it.
    static func print(_ message: String) {
        let line = message.withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ")
        try? FileDescriptor.standardError.writeFully("belayd: \(line)\n", named: "")
    }

    /// Writes what was asked for.
    ///
    /// - Throws: Exit code 74 when it cannot be written: what nobody gets was not done.
    static func output(_ text: String) throws {
        do { try FileDescriptor.standardOutput.writeFully(text, named: "the standard output") } catch {
            print("\(error)")
            throw ExitCode(code(for: error))
        }
    }

    static func code(for error: any Error) -> Int32 {
        switch error {
        case is ConfigurationError, is TLSFileError: 78
        case is ListenError: 69
        case is FolderInUse: 75
        case is StoreError, is SystemError: 74
        default: 70
        }
    }
}
