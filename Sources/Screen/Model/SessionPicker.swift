/// A chat in the list that ``Command/listSessions`` asks for.
public struct SessionItem: Hashable, Sendable {
    /// The chat's key, the argument of ``Command/openSession(_:)``.
    public var key: String
    /// The title; a placeholder when nothing was asked.
    public var title: String
    /// The chat's folder, a path on the server.
    public var folder: String
    /// The time of its last use, as text.
    public var usedAt: String
    /// Whether it is the chat on the screen.
    public var isCurrent: Bool
    /// How many of its prompts wait in the outbox.
    public var waiting: Int

    /// Creates an item; of its parts only the key is not shown.
    public init(key: String, title: String, folder: String, usedAt: String, isCurrent: Bool, waiting: Int) {
        self.key = key
        self.title = title
        self.folder = folder
        self.usedAt = usedAt
        self.isCurrent = isCurrent
        self.waiting = waiting
    }
}

/// The list of chats, shown instead of the transcript; Enter opens the selected one.
struct SessionPicker: Hashable, Sendable {
    var items: [SessionItem]
    var selected: Int

    /// Creates a list; the most recent chat other than the present one is selected, where users usually return to.
    init(_ items: [SessionItem]) {
        self.items = items.map { item in
            var item = item
            (item.title, item.folder) = (item.title.label, item.folder.label)
            return item
        }
        selected = items.firstIndex { !$0.isCurrent } ?? 0
    }

    /// Moves the selection, within the list.
    mutating func move(by rows: Int) { selected = max(0, min(items.count - 1, selected + rows)) }

    /// The rows that are visible; the selected one is among them.
    func visible(height: Int) -> Range<Int> {
        guard height > 0 else { return 0..<0 }
        let first = max(0, min(selected - height / 2, items.count - height))
        return first..<min(items.count, first + height)
    }
}

extension Model {
    /// Handles a key while the list is shown.
    mutating func pick(_ key: Key) -> [Command] {
        let page = max(1, regions.transcript.count - 3)
        switch key {
        case .up, .control("p"): picker?.move(by: -1)
        case .down, .control("n"): picker?.move(by: 1)
        case .pageUp: picker?.move(by: -page)
        case .pageDown: picker?.move(by: page)
        case .home: picker?.move(by: -SessionPicker.furthest)
        case .end: picker?.move(by: SessionPicker.furthest)
        case .enter:
            guard let picker, picker.items.indices.contains(picker.selected) else { return [] }
            self.picker = nil
            let item = picker.items[picker.selected]
            if item.isCurrent { return [] }
            // The text in the input is the draft of the chat that is left.
            let draft = editor.text
            editor = Editor()
            return [.saveDraft(draft), .openSession(item.key)]
        case .escape, .control("c"), .control("g"): picker = nil
        default: break
        }
        return []
    }

    func pickerRows(_ picker: SessionPicker, height: Int) -> [Line] {
        var head = Line()
        head.add(" ", theme[.text])
        head.add(
            "Sessions: Enter opens, Esc goes back".clipped(to: size.columns - 2, mark: glyphs.ellipsis),
            theme[.textStrong])
        guard height > 2 else { return [head] }
        return [head, Line()] + picker.visible(height: height - 2).map { row(picker.items[$0], $0 == picker.selected) }
    }

    private func row(_ item: SessionItem, _ isSelected: Bool) -> Line {
        let style = isSelected ? theme[.selection] : theme[.text]
        var line = Line()
        line.add(isSelected ? " \(glyphs.planNow) " : "   ", style)
        var text = "\(item.usedAt)  \(item.title)  \(item.folder)"
        if item.waiting > 0 { text += "  (\(item.waiting) waiting)" }
        if item.isCurrent { text += "  (this one)" }
        line.add(text.clipped(to: size.columns - 4, mark: glyphs.ellipsis), style)
        if isSelected { line.pad(to: size.columns, style) }
        return line
    }
}

extension SessionPicker {
    /// More rows than any list has, for Home and End.
    fileprivate static let furthest = 1_000_000
}
