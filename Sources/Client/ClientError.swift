/// Why a client cannot start: one sentence with what happened and what to do. The case decides the exit code.
public enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A folder cannot be used: exit code 73.
    case folder(String)
    /// The configuration is wrong: exit code 78.
    case configuration(String)
    /// A token is missing or malformed: exit code 77.
    case token(String)
    /// `token_command` failed, or the file of tokens cannot be read just now; unlike ``token(_:)`` it may succeed at the
    /// next attempt.
    case helper(String)
    /// The chat that was named does not exist: exit code 67.
    case noSuchChat(String)
    /// An input file cannot be read, or there is no prompt: exit code 66.
    case input(String)
    /// The input is malformed or too long: exit code 65.
    case data(String)

    /// The sentence, without the case's name.
    public var description: String {
        switch self {
        case .folder(let text), .configuration(let text), .token(let text), .helper(let text), .noSuchChat(let text),
            .input(let text), .data(let text):
            text
        }
    }
}
