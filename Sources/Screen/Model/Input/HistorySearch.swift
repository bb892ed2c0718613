/// The search for an earlier prompt (^R): what is in the input is what is looked for, until one is taken.
struct HistorySearch: Hashable, Sendable {
    /// Which prompts are searched.
    enum Scope: Hashable, Sendable {
        case chat, everywhere
    }

    /// The most matches that are offered.
    static let matchesMaximum = 200

    /// The input as it was before.
    let draft: Editor
    var scope = Scope.chat
    /// The prompts of the chat, newest first.
    var chat: [String]
    /// The prompts of all chats, newest first.
    var everywhere: [String] = []
    /// The matches, as the popup shows them.
    private(set) var popup = Completion(title: "", word: 0..<0, candidates: [])

    init(draft: Editor, chat: [String]) { (self.draft, self.chat) = (draft, chat) }

    /// The prompt that is selected; `nil` when none matches.
    var selected: String? {
        popup.candidates.indices.contains(popup.selected) ? popup.candidates[popup.selected].text : nil
    }

    mutating func move(by step: Int) {
        if !popup.candidates.isEmpty { popup.move(by: step) }
    }

    /// Looks for prompts with every word of a text.
    mutating func find(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace).map { FoldedText(String($0)) }
        let prompts = scope == .chat ? chat : everywhere
        var seen: Set<String> = []
        var matches: [String] = []
        for prompt in prompts where matches.count < HistorySearch.matchesMaximum && seen.insert(prompt).inserted {
            let folded = FoldedText(prompt)
            if words.allSatisfy(folded.contains) { matches.append(prompt) }
        }
        let title =
            switch scope {
            case .chat: "sent in this chat, ^R for all chats"
            case .everywhere: "sent in all chats"
            }
        popup = Completion(
            title: title, word: 0..<0,
            candidates: matches.map {
                Completion.Candidate(label: $0.label, text: $0, help: "", isComplete: true)
            })
    }
}

extension Model {
    /// Begins the search for an earlier prompt.
    mutating func beginSearch() -> [Command] {
        var search = HistorySearch(draft: editor, chat: prompts.newestFirst)
        editor = Editor()
        search.find("")
        (self.search, completion) = (search, nil)
        return [.listPrompts]
    }

    /// The prompts of the disk, which the screen may not have seen.
    mutating func take(prompts ofChat: [String], everywhere: [String]) {
        guard search != nil else { return }
        search?.chat = prompts.newestFirst + ofChat
        search?.everywhere = prompts.newestFirst + everywhere
        search?.find(editor.text)
    }

    /// Handles a key during the search.
    ///
    /// - Returns: What is to be done; `nil` when no search is open.
    mutating func searchHistory(_ key: Key) -> [Command]? {
        guard var search else { return nil }
        switch key {
        case .up, .control("p"): search.move(by: -1)
        case .down, .control("n"): search.move(by: 1)
        case .control("r") where search.scope == .everywhere: search.move(by: 1)
        case .control("r"):
            search.scope = .everywhere
            search.find(editor.text)
        case .enter, .tab:
            guard let prompt = search.selected else { return [] }
            return endSearch(search, taking: prompt)
        case .escape, .control("g"), .control("c"): return endSearch(search, taking: nil)
        default:
            guard editQuery(key) else { return [] }
            search.find(editor.text)
        }
        self.search = search
        return []
    }

    private mutating func endSearch(_ search: HistorySearch, taking prompt: String?) -> [Command] {
        (self.search, editor) = (nil, search.draft)
        guard let prompt else { return [] }
        editor.replace(with: prompt)
        return [.saveDraft(editor.text)]
    }

    /// Changes what is looked for.
    mutating func editQuery(_ key: Key) -> Bool {
        switch key {
        case .character(let character): editor.insert(String(character))
        case .paste(let text): editor.insert(text.label)
        case .backspace, .control("h"): editor.deleteBackward()
        case .control("w"): editor.deleteWordBackward()
        case .control("u"): editor.deleteToLineStart()
        default: return false
        }
        return true
    }
}
