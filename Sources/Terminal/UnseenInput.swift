import CTerminal
import Glibc

/// Reads a secret from the terminal without echo.
public enum UnseenInput {
    /// Reads a line from the standard input, which must be a terminal; the result has no newline.
    ///
    /// The echo is restored afterwards, also when the process is killed by a signal or stopped meanwhile.
    ///
    /// - Parameter prompt: The prompt, written to standard error.
    /// - Returns: `nil` at the end of the input.
    /// - Throws: ``TerminalError`` when the echo cannot be turned off; then nothing is read.
    public static func line(prompt: String) throws(TerminalError) -> String? {
        guard terminal_unseen_begin(STDIN_FILENO) == 0 else { throw .system(call: "tcsetattr", code: errno) }
        defer { terminal_unseen_end() }
        _ = prompt.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        let line = readLine()
        _ = write(STDERR_FILENO, "\n", 1)
        return line
    }
}
