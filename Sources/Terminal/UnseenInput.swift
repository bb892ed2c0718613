import CTerminal
import Glibc

/// Reads a secret from the terminal without echo.
public enum UnseenInput {
    /// Reads a line from the standard input, which must be a terminal; the result has no newline.
    ///
    /// The echo is restored afterwards, also when the process is killed by a signal or stopped meanwhile.
    ///
    /// In the background it stops the program until it is in the foreground.
    ///
    /// - Parameter prompt: The prompt, at most 63 bytes, written to standard error; again after the program was stopped.
    /// - Returns: `nil` at the end of the input.
    /// - Throws: ``TerminalError`` when the echo cannot be turned off; then nothing is read.
    public static func line(prompt: String) throws(TerminalError) -> String? {
        guard terminal_typing_begin(STDIN_FILENO, TERMINAL_UNSEEN_LINE, prompt) == 0 else {
            throw .system(call: "tcsetattr", code: errno)
        }
        defer { terminal_typing_end() }
        let line = readLine()
        _ = write(STDERR_FILENO, "\n", 1)
        return line
    }
}
