import Sync
import Wire

/// Handles Enter: sends the prompt, or executes a slash command.
extension Model {
    mutating func submit(now: Instant, wallClock: Timestamp) -> [Command] {
        let text = editor.text
        if text.isInvisible { return next.map { leave(for: .openSession($0)) } ?? [] }
        if text.hasPrefix("//") { return send(String(text.dropFirst())) }
        guard text.hasPrefix("/") else { return send(text) }

        let word = text.dropFirst().prefix { !$0.isWhitespace }
        guard let command = SlashCommand.named(word) else {
            if agentCommands.contains(where: { $0.name == word }) { return send(text) }
            let name = String(word).paintedLine.clipped(to: 40, mark: glyphs.ellipsis)
            flash("There is no command /\(name). F1 lists them; // sends a slash.", now: now)
            return []
        }
        let call = SlashCommand.Call(
            argument: text.dropFirst(word.count + 1).withoutSpacesAround, now: now, wallClock: wallClock)
        // A command may put something into the input.
        let typed = editor
        editor = Editor()
        switch outcome(of: command, call) {
        case .done(let commands): return [.saveDraft("")] + commands
        case .refused(let reason):
            editor = typed
            flash(reason, now: now)
            return []
        }
    }

    private mutating func outcome(of command: SlashCommand, _ call: SlashCommand.Call) -> SlashCommand.Outcome {
        switch command.arguments {
        case .none where !call.argument.isEmpty:
            return .refused("/\(command.name) takes nothing after it; // sends a prompt with a slash.")
        case .required where call.argument.isEmpty: return .refused("\(command.usage): \(command.help)")
        case .none, .optional, .required: return command.run(&self, call)
        }
    }

    /// Sends a prompt.
    mutating func send(_ text: String) -> [Command] {
        prompts.add(editor.isEmpty ? text : editor.text)
        editor = Editor()
        transcript.forgetUnread()
        return [.send(text), .saveDraft("")] + showPresent()
    }

    /// Scrolls to the end of the transcript, and requests it when it is not held.
    mutating func showPresent() -> [Command] {
        page = nil
        let newest = transcript.jumpToEnd()
        transcript.follow()
        return newest.map { [.loadOlder(before: $0)] } ?? []
    }
}

extension Substring {
    /// The text without white space at its ends.
    fileprivate var withoutSpacesAround: String {
        var rest = drop { $0.isWhitespace }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        return String(rest)
    }
}
