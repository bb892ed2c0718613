/// Why the terminal cannot be used. Each message says what the user can do.
public enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Input or output is a file, a pipe, or closed.
    case notATerminal(descriptor: Int32)
    /// `TERM=dumb`: the terminal can only print line after line.
    case dumb
    /// No terminfo entry was found for the terminal, nor for a similar one.
    case unknown(tried: [String])
    /// A system call failed; `code` is its `errno`.
    case system(call: String, code: Int32)

    /// One or two sentences: what happened, and what to do.
    public var description: String {
        switch self {
        case .notATerminal(let descriptor):
            "Standard \(descriptor == 0 ? "input" : "output") is not a terminal. Use --batch to run without one."
        case .dumb:
            "The terminal is dumb (TERM=dumb) and has no screen to draw on. Use --batch, or set TERM to its type."
        case .unknown(let tried):
            "No terminfo entry of the terminal was found (tried \(tried.joined(separator: ", "))). "
                + "Install ncurses-base, or use --batch."
        case .system(let call, let code):
            "The terminal cannot be used: \(call) failed with error \(code). Use --batch to run without it."
        }
    }
}
