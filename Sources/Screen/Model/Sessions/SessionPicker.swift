/// The list of chats: Enter opens the selected one, letters do something with it, and `/` filters the list.
struct SessionPicker: Hashable, Sendable {
    /// What the keys are for.
    enum Mode: Hashable, Sendable {
        /// They choose a chat, and what is done with it.
        case choosing
        /// They are the words that the chats shown have.
        case filtering
        /// They change the title of the selected chat.
        case renaming(Editor)
        /// They are the title of a copy of the selected chat.
        case forking(Editor)
        /// `y` deletes the selected chat, any other key does not.
        case deleting
    }

    let items: [SessionItem]
    /// The words that the chats shown have.
    private(set) var filter = Editor()
    /// The chats that are shown, most recent first.
    private(set) var shown: [SessionItem]
    private(set) var selected: Int
    var mode = Mode.choosing
    /// The beginning of the last messages of a chat, usually the selected one.
    var preview: SessionPreview?

    /// Creates a list; the most recent chat other than the present one is selected, where users usually return to.
    init(_ items: [SessionItem]) {
        self.items = items
        shown = items
        selected = items.firstIndex { !$0.isCurrent } ?? 0
    }

    /// The selected chat; `nil` when none is shown.
    var chosen: SessionItem? { shown.indices.contains(selected) ? shown[selected] : nil }

    /// How many chats there are.
    var count: Int { items.count }

    /// The list with other chats: the filter and the selected chat stay, and so does what the keys are for, unless it was
    /// about a chat that is gone.
    func replaced(by items: [SessionItem]) -> SessionPicker {
        var next = SessionPicker(items)
        (next.filter, next.preview) = (filter, preview)
        next.applyFilter()
        if let key = chosen?.key, let index = next.shown.firstIndex(where: { $0.key == key }) {
            (next.selected, next.mode) = (index, mode)
        } else {
            next.selected = max(0, min(selected, next.shown.count - 1))
            if mode == .filtering { next.mode = .filtering }
        }
        return next
    }

    /// Moves the selection, within the list.
    mutating func move(by rows: Int) { selected = max(0, min(shown.count - 1, selected + rows)) }

    /// Changes the filter; the first chat that has its words is selected.
    mutating func changeFilter(_ change: (inout Editor) -> Void) {
        change(&filter)
        applyFilter()
        selected = filter.isEmpty ? shown.firstIndex { !$0.isCurrent } ?? 0 : 0
    }

    private mutating func applyFilter() {
        let words = filter.text.split(whereSeparator: \.isWhitespace).map { FoldedText(String($0)) }
        shown = words.isEmpty ? items : items.filter { words.allSatisfy($0.folded.contains) }
    }

    /// The rows that are visible; the selected one is among them.
    func visible(height: Int) -> Range<Int> {
        guard height > 0 else { return 0..<0 }
        let first = max(0, min(selected - height / 2, shown.count - height))
        return first..<min(shown.count, first + height)
    }
}
