import Wire

/// The command line that goes on with a chat, offered to be copied: what it holds came from a server, and whoever pastes
/// it runs belay and nothing else.
public struct ResumeCommand: Hashable, Sendable {
    /// What `--server` gets; `nil` for the private server.
    public var server: String?
    /// Whether `--insecure` is needed.
    public var allowsPlaintext: Bool
    /// What `--config` gets, if it was given.
    public var configuration: String?

    /// A command for chats at one server.
    public init(server: String? = nil, allowsPlaintext: Bool = false, configuration: String? = nil) {
        self.server = server
        self.allowsPlaintext = allowsPlaintext
        self.configuration = configuration
    }

    /// The line for a chat.
    ///
    /// - Returns: `nil` when a name in it has characters that could not be seen, or would not be copied.
    public func text(for chat: String) -> String? {
        let names = [server, configuration, chat].compactMap(\.self)
        guard names.allSatisfy({ !$0.isEmpty && $0 == Printable.line($0) }) else { return nil }
        var words = ["belay"]
        if let configuration { words.append(ResumeCommand.option("--config", configuration)) }
        if let server { words.append(ResumeCommand.option("--server", server)) }
        if allowsPlaintext { words.append("--insecure") }
        words.append(ResumeCommand.option(chat.hasPrefix("-") ? "--resume" : "-r", chat))
        return words.joined(separator: " ")
    }

    /// A value that begins with a dash is taken for an option unless it is joined to its own.
    private static func option(_ name: String, _ value: String) -> String {
        name + (value.hasPrefix("-") ? "=" : " ") + value.shellWord
    }
}
