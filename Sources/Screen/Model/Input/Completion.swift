import Wire

/// What the word at the cursor can be completed to, shown in a popup above the input.
struct Completion: Hashable, Sendable {
    /// One choice.
    struct Candidate: Hashable, Sendable {
        /// What is shown, such as a command with its arguments.
        var label: String
        /// What is put into the input instead of the word.
        var text: String
        /// What is said about it.
        var help: String
        /// Whether the line is complete with it, so that Enter executes it.
        var isComplete: Bool
    }

    /// What the popup lists, as its title.
    var title: String
    /// The word that is replaced: a range of the characters of the cursor's line.
    var word: Range<Int>
    var candidates: [Candidate]
    var selected = 0

    /// The most rows of the popup, without its title.
    static let rowsMaximum = 8

    /// The candidates that are visible in so many rows; the selected one is among them.
    func visible(rows: Int) -> Range<Int> {
        let first = max(0, min(selected - rows / 2, candidates.count - rows))
        return first..<min(candidates.count, first + max(0, rows))
    }

    mutating func move(by step: Int) { selected = (selected + step + candidates.count) % candidates.count }
}

extension Model {
    /// Looks again what can be completed, after a change of the input or of what there is to choose from.
    ///
    /// - Returns: The request for the files of the folder, at the beginning of a word that may name one.
    mutating func refreshCompletion() -> [Command] {
        let word = prompts.isBrowsing ? nil : fileWord
        var next = prompts.isBrowsing ? nil : commandCompletion() ?? fileCompletion()
        if next == nil, word == nil { isCompletionClosed = false }
        defer { isNamingFile = word != nil }
        if isCompletionClosed { next = nil }
        if let old = completion, old.title == next?.title, old.selected > 0,
            let kept = next?.candidates.firstIndex(of: old.candidates[old.selected])
        {
            next?.selected = kept
        }
        completion = next
        return word != nil && !isNamingFile ? [.listFiles] : []
    }

    /// Handles a key while the popup is shown.
    ///
    /// - Returns: What is to be done; `nil` when the key is not the popup's.
    mutating func complete(_ key: Key, now: Instant, wallClock: Timestamp) -> [Command]? {
        guard let completion else { return nil }
        let chosen = completion.candidates[completion.selected]
        switch key {
        case .up, .control("p"): self.completion?.move(by: -1)
        case .down, .control("n"): self.completion?.move(by: 1)
        case .escape: (self.completion, isCompletionClosed) = (nil, true)
        case .tab: return choose(chosen, completion.word)
        case .enter:
            let word = String(editor.lines[editor.line][completion.word])
            guard word != chosen.text else { return nil }
            let commands = choose(chosen, completion.word)
            return chosen.isComplete ? commands + submit(now: now, wallClock: wallClock) : commands
        default: return nil
        }
        return []
    }

    private mutating func choose(_ candidate: Completion.Candidate, _ word: Range<Int>) -> [Command] {
        let before = editor
        editor.replace(word, with: candidate.text + (candidate.isComplete ? "" : " "))
        return saveIfChanged(since: before)
    }

    // MARK: Commands

    /// The commands that begin as the input does, or what can follow the command that it names.
    private func commandCompletion() -> Completion? {
        let line = editor.lines[0]
        guard editor.lines.count == 1, line.first == "/", line.dropFirst().first != "/" else { return nil }
        let end = line.firstIndex { $0.isWhitespace } ?? line.count
        if editor.column > end { return argumentCompletion(of: String(line[1..<end]), line, end) }
        let typed = String(line[1..<max(1, editor.column)]).lowercased()
        let candidates = SlashCommand.candidates(for: typed) + agentCandidates(for: typed)
        return candidates.isEmpty ? nil : Completion(title: "commands", word: 0..<end, candidates: candidates)
    }

    private func agentCandidates(for typed: String) -> [Completion.Candidate] {
        agentCommands.filter { $0.name.lowercased().hasPrefix(typed) }.map { command in
            Completion.Candidate(
                label: command.usage, text: command.typed,
                help: "\(agent.isEmpty ? "agent" : agent): \(command.description)", isComplete: command.hint.isEmpty)
        }
    }

    private func argumentCompletion(of name: String, _ line: [Character], _ end: Int) -> Completion? {
        guard let command = SlashCommand.named(name),
            let start = line[end...].firstIndex(where: { !$0.isWhitespace }) ?? Optional(line.count),
            start <= editor.column
        else { return nil }
        let typed = String(line[start..<editor.column]).lowercased()
        let candidates = command.choices(self).filter { $0.lowercased().hasPrefix(typed) }.map {
            Completion.Candidate(label: $0, text: $0, help: "", isComplete: true)
        }
        let isDone = candidates.count == 1 && candidates[0].text == typed
        return candidates.isEmpty || isDone
            ? nil : Completion(title: command.usage, word: start..<line.count, candidates: candidates)
    }
}

extension SlashCommand {
    /// The commands whose name begins so; under an alias those of which only that one does.
    fileprivate static func candidates(for typed: String) -> [Completion.Candidate] {
        all.compactMap { command in
            let names = [command.name] + command.aliases
            guard let name = names.first(where: { $0.hasPrefix(typed) }) else { return nil }
            let usage = command.arguments == .none ? "/\(name)" : "/\(name) \(command.arguments.usage)"
            let isComplete = if case .required = command.arguments { false } else { true }
            return Completion.Candidate(label: usage, text: "/\(name)", help: command.help, isComplete: isComplete)
        }
    }
}
