import Wire

extension Model {
    /// The list of chats was asked for, or has changed.
    mutating func take(_ sessions: [SessionItem]) -> [Command] {
        list(sessions)
        let items = areChatsBeside ? chats : sessions
        picker = picker?.replaced(by: items) ?? SessionPicker(items)
        return previewIfNeeded()
    }

    /// Handles a key while the list is shown.
    mutating func pick(_ key: Key, now: Instant) -> [Command] {
        switch picker?.mode {
        case .renaming(let title): return entitle(key, title, SessionPicker.Mode.renaming)
        case .forking(let title): return entitle(key, title, SessionPicker.Mode.forking)
        case .deleting: return delete(key)
        case .filtering: return filter(key, now: now)
        case .choosing, nil: break
        }
        let page = max(1, regions.transcript.count - 3)
        switch key {
        case .up, .control("p"): picker?.move(by: -1)
        case .down, .control("n"): picker?.move(by: 1)
        case .pageUp: picker?.move(by: -page)
        case .pageDown: picker?.move(by: page)
        case .home: picker?.move(by: -SessionPicker.furthest)
        case .end: picker?.move(by: SessionPicker.furthest)
        case .enter: return openChosen(now: now)
        case .escape where picker?.filter.isEmpty == false: picker?.changeFilter { $0 = Editor() }
        case .escape, .control("c"), .control("g"), .control("s"): picker = nil
        case .character("/"): picker?.mode = .filtering
        case .character("n"): return leave(for: .newSession(agent: nil))
        case .character("r"), .control("r"):
            if let item = picker?.chosen { picker?.mode = .renaming(Editor(text: item.title ?? "")) }
        case .character("f"), .control("f"):
            if let item = picker?.chosen {
                picker?.mode = .forking(Editor(text: item.title.map { SessionTitle.ofFork(of: $0) } ?? ""))
            }
        case .character("d"), .control("d"), .delete:
            if let item = picker?.chosen, !item.isCurrent, item.server == nil { picker?.mode = .deleting }
        case .character("e"), .control("e"):
            if let item = picker?.chosen { return [.exportSession(key: item.key, format: "")] }
        default: break
        }
        return previewIfNeeded()
    }

    /// Handles a key while the list is filtered: it is typed, or chooses among what is left.
    private mutating func filter(_ key: Key, now: Instant) -> [Command] {
        switch key {
        case .up, .control("p"): picker?.move(by: -1)
        case .down, .control("n"): picker?.move(by: 1)
        case .enter: return openChosen(now: now)
        case .escape, .control("c"), .control("g"):
            picker?.changeFilter { $0 = Editor() }
            picker?.mode = .choosing
        case .tab, .control("s"): picker?.mode = .choosing
        case .character(let character): picker?.changeFilter { $0.insert(String(character)) }
        case .paste(let text): picker?.changeFilter { $0.insert(text.label) }
        case .backspace, .control("h"):
            if picker?.filter.isEmpty == true { picker?.mode = .choosing }
            picker?.changeFilter { $0.deleteBackward() }
        case .control("w"): picker?.changeFilter { $0.deleteWordBackward() }
        case .control("u"): picker?.changeFilter { $0.deleteToLineStart() }
        default: break
        }
        return previewIfNeeded()
    }

    private mutating func openChosen(now: Instant) -> [Command] {
        guard let item = picker?.chosen else { return [] }
        if item.isCurrent {
            picker = nil
            return []
        }
        return leave(for: .openSession(item.key))
    }

    /// Goes to another chat: the text in the input is the draft of the one that is left.
    mutating func leave(for command: Command) -> [Command] {
        let draft = editor.text
        (picker, editorLeft, editor) = (nil, editor, Editor())
        return [.saveDraft(draft), command]
    }

    /// Handles a key while a title is typed.
    private mutating func entitle(
        _ key: Key, _ title: Editor, _ mode: (Editor) -> SessionPicker.Mode
    ) -> [Command] {
        var title = title
        switch key {
        case .enter:
            picker?.mode = .choosing
            guard let item = picker?.chosen else { return [] }
            if case .renaming = mode(title) { return [.renameSession(key: item.key, title: title.text)] }
            return leave(for: .forkSession(key: item.key, title: title.isEmpty ? nil : title.text))
        case .escape, .control("c"), .control("g"):
            picker?.mode = .choosing
            return []
        case .character(let character): title.insert(String(character))
        case .paste(let text): title.insert(text.label)
        case .backspace, .control("h"): title.deleteBackward()
        case .delete, .control("d"): title.deleteForward()
        case .left, .control("b"): title.moveLeft()
        case .right, .control("f"): title.moveRight()
        case .home, .control("a"): title.moveToLineStart()
        case .end, .control("e"): title.moveToLineEnd()
        case .control("w"): title.deleteWordBackward()
        case .control("u"): title.deleteToLineStart()
        case .control("k"): title.deleteToLineEnd()
        default: break
        }
        picker?.mode = mode(title)
        return []
    }

    private mutating func delete(_ key: Key) -> [Command] {
        picker?.mode = .choosing
        guard key == .character("y"), let item = picker?.chosen else { return [] }
        return [.deleteSession(key: item.key)]
    }

    /// Asks for the preview of the selected chat, once.
    func previewIfNeeded() -> [Command] {
        // Beside the transcript there is no room for it.
        guard !areChatsBeside, let picker, let item = picker.chosen, picker.preview?.key != item.key else { return [] }
        return [.previewSession(key: item.key)]
    }
}

extension SessionPicker {
    /// More rows than any list has, for Home and End.
    fileprivate static let furthest = 1_000_000
}
