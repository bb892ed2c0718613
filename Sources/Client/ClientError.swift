/// What keeps a client from working at all, before any connection; each is one sentence: what happened, what to do.
public enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A folder cannot be used.
    case folder(String)
    /// The configuration is wrong.
    case configuration(String)
    /// A token cannot be had.
    case token(String)
    /// A command of the configuration failed; it may not the next time.
    case helper(String)
    /// A chat that was asked for is not there.
    case noSuchChat(String)
    /// A file that was named cannot be read.
    case input(String)
    /// What was given is not what it should be.
    case data(String)

    /// The sentence.
    public var description: String {
        switch self {
        case .folder(let text), .configuration(let text), .token(let text), .helper(let text), .noSuchChat(let text),
            .input(let text), .data(let text):
            text
        }
    }
}
