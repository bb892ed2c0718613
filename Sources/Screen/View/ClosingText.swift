public import Wire

extension Model {
    /// The conversation as it is in view, as plain lines that stay in the terminal after the screen is gone, with an empty
    /// one behind them; none of an empty chat.
    public func closingText(now: Instant, wallClock: Timestamp) -> [String] {
        if regions.isTooSmall || isWelcoming { return [] }
        let painter = painter(now: now, wallClock: wallClock)
        let rows = transcriptRows(height: regions.transcript.count, painter: painter).map { row in
            var text = row.spans.map(\.text).joined()
            while text.last == " " { text.removeLast() }
            return text
        }
        let lines = rows.drop { $0.isEmpty }
        guard let last = lines.lastIndex(where: { !$0.isEmpty }) else { return [] }
        return lines[...last] + [""]
    }
}
