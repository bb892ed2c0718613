import Sync
import Wire

/// Handles Enter: sends the prompt, or executes a slash command.
extension Model {
    /// The slash commands; `/clear` and `/exit` are what users of other clients are used to.
    private enum SlashCommand: String {
        case new, clear, agent, sessions, quit, exit, help
    }

    mutating func submit(now: Instant, wallClock: Timestamp) -> [Command] {
        let text = editor.text
        if text.isInvisible { return [] }
        if text.hasPrefix("//") { return send(String(text.dropFirst())) }
        guard text.hasPrefix("/") else { return send(text) }

        let word = text.dropFirst().prefix { !$0.isWhitespace }
        guard let command = SlashCommand(rawValue: String(word)) else {
            let name = String(word).paintedLine.clipped(to: 40, mark: glyphs.ellipsis)
            flash("There is no command /\(name). F1 lists them; // sends a slash.", now: now)
            return []
        }
        let argument = text.dropFirst(word.count + 1).split(whereSeparator: \.isWhitespace).first.map(String.init)
        if command == .agent, argument == nil {
            flash("/agent NAME starts a chat with another agent. This one has \(agent).", now: now)
            return []
        }
        editor.replace(with: "")
        switch command {
        case .new, .clear: return [.saveDraft(""), .newSession(agent: nil)]
        case .agent: return [.saveDraft(""), .newSession(agent: argument)]
        case .sessions: return [.saveDraft(""), .listSessions]
        case .quit, .exit: return [.saveDraft(""), .quit]
        case .help:
            return [.saveDraft("")] + help(wallClock: wallClock)
        }
    }

    private mutating func send(_ text: String) -> [Command] {
        prompts.add(editor.text)
        editor.replace(with: "")
        return [.send(text), .saveDraft("")] + showPresent()
    }

    /// Scrolls to the end of the transcript, and requests it when it is not held.
    mutating func showPresent() -> [Command] {
        let newest = transcript.jumpToEnd()
        transcript.follow()
        return newest.map { [.loadOlder(before: $0)] } ?? []
    }

    /// Shows the keys and commands in the transcript, where they can be read while typing.
    mutating func help(wallClock: Timestamp) -> [Command] {
        transcript.append(ownLine: .note, Model.help, at: wallClock)
        return showPresent()
    }

    private static let help = """
        Enter           send
        ^J, Alt-Enter   a new line
        Esc             stop the running turn
        Tab             answer the agent's question, then a number
        PgUp, PgDn      read further up or down
        Home, End       the beginning, back to now
        Up, Down        what was sent before
        ^U ^K ^W        delete to the left, to the right, a word
        ^C              clear the input; twice: leave
        F5, ^L, ^Z      connect now, paint anew, suspend
        /new            a new session; also /clear
        /agent NAME     a new session with another agent
        /sessions       go to another chat
        /quit           leave, the session goes on; also /exit
        //text          send a message that begins with a slash
        """
}
