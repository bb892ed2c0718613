/// Why there is no screen. Each says what the user can do about it.
public enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Input or output is a file, a pipe or nothing.
    case notATerminal(descriptor: Int32)
    /// `TERM` says that the terminal can only print line after line.
    case dumb
    /// Nothing is known about the terminal, nor about those it might resemble.
    case unknown(tried: [String])
    /// The system refused something; `code` is its `errno`.
    case system(call: String, code: Int32)

    /// The error, in a sentence.
    public var description: String {
        switch self {
        case .notATerminal(let descriptor):
            "\(descriptor == 0 ? "Input" : "Output") is not a terminal. Use --batch to run without one."
        case .dumb:
            "The terminal is dumb (TERM=dumb), it has no screen to draw on. Use --batch, or set TERM to what it is."
        case .unknown(let tried):
            "No description of the terminal was found (tried \(tried.joined(separator: ", "))). "
                + "Install ncurses-base, or use --batch."
        case .system(let call, let code):
            "The terminal cannot be used: \(call) failed with error \(code). Use --batch to run without it."
        }
    }
}
