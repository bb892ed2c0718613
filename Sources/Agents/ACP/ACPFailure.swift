import Wire

/// Why there is no agent to talk to, in a sentence for the user.
enum ACPFailure: TurnError, Hashable, CustomStringConvertible {
    /// Its process has ended.
    case ended(AgentExit)
    /// It wrote a longer message than is read.
    case tooLong(Int)
    /// It does not read what it is told.
    case deaf
    /// There is no such command.
    case notInstalled(name: String, command: String)
    /// It did not answer in time when it was started.
    case silent(name: String, Duration, lines: [String], noise: Int)
    /// It speaks another version of the protocol.
    case version(name: String, Int64)
    /// It wants its user to sign in first.
    case signIn(name: String, methods: [String])
    /// It refused to begin.
    case refused(name: String, String)

    var exit: AgentExit {
        if case .ended(let exit) = self { exit } else { AgentExit(lines: [sentence]) }
    }

    var description: String { sentence }

    var sentence: String {
        switch self {
        case .ended(let exit):
            exit.lines.last.map { "\(exit.sentence): \($0)" } ?? exit.sentence
        case .tooLong(let maximum): "the agent sent a message of more than \(maximum >> 20) MiB, and was ended"
        case .deaf: "the agent does not read what it is told, and was ended"
        case .notInstalled(let name, let command):
            "the agent '\(name)' is not installed on the server: there is no command '\(command)'; "
                + "install it, or correct 'command' in [agents.\(name)]"
        case .silent(let name, let limit, let lines, let noise):
            "the agent '\(name)' did not answer within \(limit.components.seconds) seconds"
                + (noise > 0 ? " (it printed \(noise) lines that are no messages)" : "")
                + (lines.last.map { ": \($0)" } ?? "; raise 'start_timeout' if it needs longer")
        case .version(let name, let version):
            "the agent '\(name)' speaks version \(version) of the Agent Client Protocol, and Belay version 1: "
                + "install a version of it that does"
        case .signIn(let name, let methods):
            "the agent '\(name)' wants you to sign in first"
                + (methods.isEmpty ? "" : ": " + methods.joined(separator: "; "))
        case .refused(let name, let message): "the agent '\(name)' refused: \(message)"
        }
    }
}
