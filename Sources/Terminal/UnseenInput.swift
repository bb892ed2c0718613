import CTerminal
import Glibc

/// What is typed and not shown: a token.
public enum UnseenInput {
    /// A line of the standard input, which is a terminal, without its end.
    ///
    /// The echo is on again afterwards, however the program ends, and while it is stopped.
    ///
    /// - Parameter prompt: What is asked for, written to standard error.
    /// - Returns: `nil` at the end of the input.
    /// - Throws: ``TerminalError`` when the echo cannot be turned off: then nothing is read.
    public static func line(prompt: String) throws(TerminalError) -> String? {
        guard terminal_unseen_begin(STDIN_FILENO) == 0 else { throw .system(call: "tcsetattr", code: errno) }
        defer { terminal_unseen_end() }
        _ = prompt.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        let line = readLine()
        _ = write(STDERR_FILENO, "\n", 1)
        return line
    }
}
