import Wire

/// The search in what was said (`^F` in this chat, `/find` in all): what is in the input is what is looked for.
struct TextFind: Hashable, Sendable {
    /// The input as it was before.
    let draft: Editor
    /// Whether only this chat is searched.
    var isHere: Bool
    /// What was found so far, newest first.
    private(set) var found: [FoundText] = []
    /// The same as the popup shows it.
    private(set) var popup = Completion(title: "", word: 0..<0, candidates: [])

    init(draft: Editor, isHere: Bool) {
        (self.draft, self.isHere) = (draft, isHere)
        show(nil)
    }

    /// What is selected; `nil` when nothing was found.
    var selected: FoundText? { found.indices.contains(popup.selected) ? found[popup.selected] : nil }

    mutating func move(by step: Int) {
        if !popup.candidates.isEmpty { popup.move(by: step) }
    }

    /// Something was found; nothing yet when `nil`.
    mutating func show(_ texts: [FoundText]?, isComplete: Bool = true) {
        let selected = texts == nil ? 0 : popup.selected
        found = texts ?? []
        let place = isHere ? "said in this chat, ^F for all chats" : "said in all chats"
        let state =
            switch (texts, isComplete) {
            case (nil, _): ""
            case (_, false): ", reading…"
            case (let texts?, true): texts.isEmpty ? ": nothing found" : ""
            }
        popup = Completion(title: place + state, word: 0..<0, candidates: found.map(candidate))
        popup.selected = max(0, min(selected, found.count - 1))
    }

    private func candidate(_ text: FoundText) -> Completion.Candidate {
        let who = text.isUsers ? "you" : "agent"
        let chat = isHere ? "" : "\(String(text.title.label.prefix(24)))  "
        return Completion.Candidate(label: "\(chat)\(who): \(text.text.label)", text: "", help: "", isComplete: true)
    }
}

/// What was found and is gone through with `n` and `N`.
struct FoundPlaces: Hashable, Sendable {
    var seqs: [Seq]
    var index: Int
}

extension Model {
    /// Begins a search in what was said.
    mutating func beginFind(_ words: String = "", isHere: Bool) -> [Command] {
        find = TextFind(draft: editor, isHere: isHere)
        (editor, completion, places) = (Editor(), nil, nil)
        editor.insert(words)
        return ask()
    }

    private mutating func ask() -> [Command] {
        guard let find else { return [] }
        self.find?.show(nil)
        return editor.text.isInvisible ? [] : [.find(words: editor.text, isHere: find.isHere)]
    }

    /// The answer to ``Command/find(words:isHere:)``; one to an earlier question is dropped.
    mutating func take(found texts: [FoundText], for words: String, isHere: Bool, isComplete: Bool) {
        guard find?.isHere == isHere, editor.text == words else { return }
        find?.show(texts, isComplete: isComplete)
    }

    /// Handles a key during the search.
    ///
    /// - Returns: What is to be done; `nil` when no search is open.
    mutating func findText(_ key: Key, now: Instant) -> [Command]? {
        guard let find else { return nil }
        switch key {
        case .up, .control("p"): self.find?.move(by: -1)
        case .down, .control("n"): self.find?.move(by: 1)
        case .control("f") where find.isHere:
            self.find?.isHere = false
            return ask()
        case .control("f"): self.find?.move(by: 1)
        case .escape, .control("g"), .control("c"): (self.find, editor) = (nil, find.draft)
        case .enter: return open(find, now: now)
        default:
            let before = editor.text
            guard editQuery(key) else { return [] }
            return editor.text == before ? [] : ask()
        }
        return []
    }

    private mutating func open(_ find: TextFind, now: Instant) -> [Command] {
        guard let text = find.selected else { return [] }
        if !text.isHere {
            guard text.server == nil, let key = text.key else {
                let why = text.server.map { "is at \($0.label): start belay with that server" } ?? "is not in the list"
                flash("That chat \(why).", now: now)
                return []
            }
            (self.find, editor) = (nil, find.draft)
            return leave(for: .openFound(key: key, seq: text.seq))
        }
        (self.find, editor) = (nil, find.draft)
        let here = find.found.filter(\.isHere).map(\.seq)
        places = FoundPlaces(seqs: here, index: here.firstIndex(of: text.seq) ?? 0)
        return jump(to: text.seq)
    }

    /// Goes to the next place that was found, or the one before.
    ///
    /// - Returns: What is to be done; `nil` when the key is for something else.
    mutating func goOnFinding(_ key: Key) -> [Command]? {
        guard var places else { return nil }
        switch key {
        case .character("n") where editor.isEmpty: places.index += 1
        case .character("N") where editor.isEmpty: places.index -= 1
        case .pageUp, .pageDown: return nil
        case .escape:
            self.places = nil
            return showPresent()
        default:
            self.places = nil
            return nil
        }
        places.index = max(0, min(places.seqs.count - 1, places.index))
        self.places = places
        return jump(to: places.seqs[places.index])
    }

    /// Shows the transcript from an entry on.
    mutating func jump(to seq: Seq) -> [Command] {
        page = nil
        let after = transcript.jump(to: seq)
        transcript.scrollToTop()
        return after.map { [.loadNewer(after: $0)] } ?? []
    }
}
