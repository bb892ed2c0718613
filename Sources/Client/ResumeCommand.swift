import Transport
import Wire

/// The command line that resumes a chat, offered for copying. Its parts may come from a server, so they are quoted:
/// whoever pastes it runs `belay` and nothing else.
public struct ResumeCommand: Hashable, Sendable {
    /// The value of `--server`; `nil` for the private server.
    public var server: String?
    /// The value of `--config`; `nil` when it was not given.
    public var configuration: String?

    /// Creates a command for the chats of one server.
    public init(server: String? = nil, configuration: String? = nil) {
        self.server = server
        self.configuration = configuration
    }

    /// The command line for a chat, by its session ID or key.
    ///
    /// - Returns: `nil` when a part has invisible characters, which could not be copied faithfully.
    public func text(for chat: String) -> String? {
        let names = [server, configuration, chat].compactMap(\.self)
        guard names.allSatisfy({ !$0.isEmpty && $0 == Printable.line($0) }) else { return nil }
        var words = ["belay"]
        if let configuration { words.append(ResumeCommand.option("--config", configuration)) }
        if let server { words.append(ResumeCommand.option("--server", server)) }
        // Whoever has a chat there has allowed it, with the option or in the configuration.
        if let server, let endpoint = Endpoint(server), !endpoint.isSecure, !endpoint.isLocal {
            words.append("--insecure")
        }
        words.append(ResumeCommand.option(chat.hasPrefix("-") ? "--resume" : "-r", chat))
        return words.joined(separator: " ")
    }

    /// A value that begins with a dash would be taken for an option unless it is joined with `=`.
    private static func option(_ name: String, _ value: String) -> String {
        name + (value.hasPrefix("-") ? "=" : " ") + value.shellWord
    }
}
