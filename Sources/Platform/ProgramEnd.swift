import Glibc
import SystemPackage

/// The end of a program that has one last text to print, such as its argument parser's help or error.
public enum ProgramEnd {
    /// Prints a text and exits: on the standard output if the program succeeds, otherwise on standard error.
    ///
    /// A help text that cannot be written is no success: the program then ends with 74 and a sentence, or of SIGPIPE
    /// when the reader has closed the pipe.
    ///
    /// - Parameters:
    ///   - text: The text, without control characters; a line end is added. Nothing is printed when it is empty.
    ///   - code: The exit code; 0 for success.
    ///   - program: The name of the program, for the sentence.
    public static func exit(_ text: String, code: Int32, program: String) -> Never {
        let output = code == 0 ? FileDescriptor.standardOutput : .standardError
        do throws(SystemError) {
            if !text.isEmpty { try output.writeFully(text + "\n", named: "the standard output") }
            // A network file system may report only on close that what was written is lost.
            if code == 0, close(STDOUT_FILENO) != 0, errno != EBADF {
                throw SystemError("write to the standard output")
            }
        } catch {
            guard code == 0 else { Glibc.exit(code) }
            if error.code == .brokenPipe { ProcessSignals.die(of: SIGPIPE) }
            // If this fails as well, there is nowhere left to report it.
            try? FileDescriptor.standardError.writeFully("\(program): \(error)\n", named: "")
            Glibc.exit(74)
        }
        Glibc.exit(code)
    }
}
