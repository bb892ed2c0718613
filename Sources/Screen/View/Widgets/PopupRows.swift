extension Model {
    /// The widest column of the choices.
    private static let labelColumnsMaximum = 30

    /// The rows of the popup, its title first; none when there is nothing to complete or no room.
    func popupRows(atMost maximum: Int) -> [Line] {
        guard let completion = search?.popup ?? find?.popup ?? completion, maximum >= 1 else { return [] }
        // Without room for a title and a choice, the choice alone.
        let hasTitle = maximum >= 2
        let visible = completion.visible(rows: min(Completion.rowsMaximum, maximum - (hasTitle ? 1 : 0)))
        let longest = completion.candidates[visible].map(\.label.columns).max() ?? 0
        // Choices about which nothing is said have the whole row.
        let isPlain = completion.candidates[visible].allSatisfy(\.help.isEmpty)
        let label = isPlain ? size.columns - 6 : min(longest, Model.labelColumnsMaximum, size.columns / 2)
        let rows = visible.map { row(completion.candidates[$0], label, isSelected: $0 == completion.selected) }
        return hasTitle ? [popupTitle(completion, visible)] + rows : rows
    }

    private func popupTitle(_ completion: Completion, _ visible: Range<Int>) -> Line {
        let style = theme[.border]
        var line = Line()
        line.add(glyphs.rule + glyphs.rule + " ", style)
        line.add(completion.title.clipped(to: max(1, size.columns - 8), mark: glyphs.ellipsis), theme[.textMuted])
        if visible.count < completion.candidates.count {
            line.add(" \(completion.selected + 1) of \(completion.candidates.count)", theme[.textMuted])
        }
        line.add(" ", style)
        line.add(String(repeating: glyphs.rule, count: max(0, size.columns - line.columns)), style)
        return line.clipped(to: size.columns, mark: "")
    }

    private func row(_ candidate: Completion.Candidate, _ label: Int, isSelected: Bool) -> Line {
        let style = theme[isSelected ? .selection : .popup]
        var line = Line()
        line.add(isSelected ? " \(glyphs.planNow) " : "   ", style)
        line.add(candidate.label.clipped(to: label, mark: glyphs.ellipsis), style)
        if !candidate.help.isEmpty {
            line.pad(to: 3 + label + 2, style)
            let help = glyphs.own(candidate.help)
            line.add(help.clipped(to: max(0, size.columns - line.columns - 1), mark: glyphs.ellipsis), style)
        }
        line.pad(to: size.columns, style)
        return line
    }
}
