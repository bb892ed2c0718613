import Wire

extension Model {
    /// The first row: session, agent and folder, and at the right the time.
    func header(wallClock: Timestamp) -> Line {
        let style = theme[.header]
        let muted = Style(
            foreground: theme[.textMuted].foreground, background: style.background,
            attributes: theme[.textMuted].attributes)
        let clock = TimeText.clock(wallClock, zone)
        let end = size.columns - 1
        let room = end - clock.columns - 2

        var line = Line()
        line.add(" ", style)
        line.add(title.clipped(to: room - 1, mark: glyphs.ellipsis), style)
        for text in [agent, folder] where !text.isEmpty && line.columns + 2 + text.columns <= room {
            line.add("  ", style)
            line.add(text, muted)
        }
        line.pad(to: end - clock.columns, style)
        line.add(clock, style)
        line.pad(to: size.columns, style)
        return line
    }
}
