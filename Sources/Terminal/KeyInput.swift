import CTerminal
import Glibc

/// Reads single keys from the standard input, which is a terminal, without echo and without a screen.
public enum KeyInput {
    /// Sets the terminal's modes for it, until ``end()`` or the end of the program, however it ends. In the background it
    /// stops the program until it is in the foreground.
    ///
    /// - Throws: ``TerminalError`` when the modes cannot be set; they are unchanged then.
    public static func begin() throws(TerminalError) {
        guard terminal_typing_begin(STDIN_FILENO, TERMINAL_KEYS, "") == 0 else {
            throw .system(call: "tcsetattr", code: errno)
        }
    }

    /// Restores the terminal's modes; does nothing unless ``begin()`` has set them.
    public static func end() { terminal_typing_end() }
}
