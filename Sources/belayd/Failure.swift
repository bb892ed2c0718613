import ArgumentParser
import Glibc
import Platform
import Server
import SystemPackage
import Transport
import Wire

/// How `belayd` reports a failure: one line on standard error, and an exit code of sysexits.h.
enum Failure {
    /// Prints one line on standard error. A failure to write it is ignored: there is nowhere left to report it.
    static func print(_ message: String) {
        try? FileDescriptor.standardError.writeFully("belayd: \(line(message))\n", named: "")
    }

    /// Runs a step of a command; an error is printed on one line and ends the command with its code.
    static func report<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            print("\(error)")
            throw ExitCode(code(for: error))
        }
    }

    /// A text without control characters, as one line: names of files and addresses may have any.
    static func line(_ text: String) -> String {
        text.withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Writes the result of a command to standard output.
    ///
    /// When its reader has closed the pipe, the process ends of SIGPIPE.
    ///
    /// - Parameter undo: Called when it cannot be written.
    /// - Throws: Exit code 74 when it cannot be written, so that a script does not take a lost result for success.
    static func output(_ text: String, orElse undo: () throws -> Void = {}) throws {
        do { try FileDescriptor.standardOutput.writeFully(text, named: "the standard output") } catch {
            try undo()
            if error.code == .brokenPipe { ProcessSignals.die(of: SIGPIPE) }
            print("\(error)")
            throw ExitCode(code(for: error))
        }
    }

    static func code(for error: any Error) -> Int32 {
        switch error {
        case is ConfigurationError, is TLSFileError: 78
        case is ListenError: 69
        case is FolderInUse: 75
        case is StoreError, is SystemError, is FolderLost: 74
        default: 70
        }
    }
}
