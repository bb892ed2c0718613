/// A page of terms and what is said about them, shown instead of the transcript until Esc. The input stays usable.
struct TextPage: Hashable, Sendable {
    struct Row: Hashable, Sendable {
        var term: String
        var text: String
    }

    struct Section: Hashable, Sendable {
        var title: String
        var rows: [Row]

        init(_ title: String, _ rows: [Row]) { (self.title, self.rows) = (title, rows) }
    }

    let title: String
    let sections: [Section]
    /// How many rows are scrolled out at the top.
    private(set) var offset = 0

    init(title: String, sections: [Section]) { (self.title, self.sections) = (title, sections) }

    /// Scrolls, as far as there is something to see.
    mutating func scroll(by rows: Int, count: Int, height: Int) {
        offset = max(0, min(offset + rows, count - height))
    }
}

extension Model {
    /// Handles a key while a page is shown.
    ///
    /// - Returns: Whether the key was for the page; all others are the input's.
    mutating func read(_ key: Key) -> Bool {
        guard var page else { return false }
        let height = regions.transcript.count
        let count = pageLines(page).count
        switch key {
        case .escape, .function(1): self.page = nil
        case .enter where editor.isEmpty: self.page = nil
        case .pageUp: page.scroll(by: 2 - height, count: count, height: height)
        case .pageDown: page.scroll(by: height - 2, count: count, height: height)
        case .up where editor.isEmpty: page.scroll(by: -1, count: count, height: height)
        case .down where editor.isEmpty: page.scroll(by: 1, count: count, height: height)
        case .home where editor.isEmpty: page.scroll(by: -count, count: count, height: height)
        case .end where editor.isEmpty: page.scroll(by: count, count: count, height: height)
        default: return false
        }
        if self.page != nil { self.page = page }
        return true
    }
}
