import Wire

/// What a fork says that the server has not made yet: the request is on its way, or waits for the connection.
extension Model {
    /// The sentence; `nil` for every other chat.
    var copyNotice: String? {
        copyOf.map {
            "This chat becomes a copy of “\($0)” as soon as the server has made it. What you send waits for that."
        }
    }

    /// The sentence in rows, in place of the conversation that is to come.
    func copyRows() -> [Line] {
        guard let copyNotice, picker == nil else { return [] }
        let (indent, width) = (pageIndent, pageWidth)
        return glyphs.own(copyNotice).wrapped(to: width).map { part in
            var line = Line()
            line.pad(to: indent)
            line.add(String(part), theme[.textMuted])
            return line
        } + [Line()]
    }
}
