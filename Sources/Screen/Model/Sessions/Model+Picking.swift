import Wire

extension Model {
    /// The list of chats was asked for, or has changed.
    mutating func take(_ sessions: [SessionItem]) -> [Command] {
        picker = picker?.replaced(by: sessions) ?? SessionPicker(sessions)
        return previewIfNeeded()
    }

    /// Handles a key while the list is shown.
    mutating func pick(_ key: Key, now: Instant) -> [Command] {
        switch picker?.mode {
        case .renaming(let title): return rename(key, title)
        case .deleting: return delete(key)
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
        case .control("r"):
            guard let item = picker?.chosen else { break }
            var title = Editor()
            title.replace(with: item.title)
            picker?.mode = .renaming(title)
        case .control("d"), .delete:
            if let item = picker?.chosen, !item.isCurrent, item.server == nil { picker?.mode = .deleting }
        case .control("e"):
            if let item = picker?.chosen { return [.exportSession(key: item.key, format: "")] }
        case .character(let character): picker?.changeFilter { $0.insert(String(character)) }
        case .paste(let text): picker?.changeFilter { $0.insert(text.label) }
        case .backspace, .control("h"): picker?.changeFilter { $0.deleteBackward() }
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
        if let server = item.server {
            flash("That chat is at \(server): start belay with that server.", now: now)
            return []
        }
        return leave(for: .openSession(item.key))
    }

    /// Goes to another chat: the text in the input is the draft of the one that is left.
    mutating func leave(for command: Command) -> [Command] {
        let draft = editor.text
        (picker, editor) = (nil, Editor())
        return [.saveDraft(draft), command]
    }

    private mutating func rename(_ key: Key, _ title: Editor) -> [Command] {
        var title = title
        switch key {
        case .enter:
            picker?.mode = .choosing
            return picker?.chosen.map { [.renameSession(key: $0.key, title: title.text)] } ?? []
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
        picker?.mode = .renaming(title)
        return []
    }

    private mutating func delete(_ key: Key) -> [Command] {
        picker?.mode = .choosing
        guard key == .character("y"), let item = picker?.chosen else { return [] }
        return [.deleteSession(key: item.key)]
    }

    /// Asks for the preview of the selected chat, once.
    private func previewIfNeeded() -> [Command] {
        guard let picker, let item = picker.chosen, picker.preview?.key != item.key else { return [] }
        return [.previewSession(key: item.key)]
    }
}

extension SessionPicker {
    /// More rows than any list has, for Home and End.
    fileprivate static let furthest = 1_000_000
}
