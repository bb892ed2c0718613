/// The title of a session: one line of plain text, as a list of sessions shows it.
public enum SessionTitle {
    /// The most characters of a title.
    public static let charactersMaximum = 80
    /// How much of a text is looked at, in scalars: a prompt may be half a mebibyte.
    private static let headScalars = 1_000
    /// The most scalars of a title: a character may have any number of combining marks, and a title has to stay below
    /// ``ForkRequest/titleBytesMaximum``, with a mark behind it.
    private static let scalarsMaximum = 240

    /// The first line of a text in which something can be seen, shortened; `nil` when there is none.
    public static func of(_ text: String) -> String? {
        let head = String(text.unicodeScalars.prefix(headScalars)).withoutControls
        let lines = head.split(whereSeparator: \.isNewline).lazy.map(\.trimmed)
        guard let line = lines.first(where: { !$0.isInvisible }) else { return nil }
        let short = String(line.unicodeScalars.prefix(scalarsMaximum))
        if short.count <= charactersMaximum, short.utf8.count == line.utf8.count { return line }
        return short.prefix(charactersMaximum - 1) + "…"
    }

    /// The title that a prompt gives its session: that of the first text in it.
    public static func of(_ content: [ContentBlock]) -> String? {
        content.lazy.compactMap(\.text).compactMap { of($0) }.first
    }

    /// The title of a fork: one can be told from what it is a copy of.
    public static func ofFork(of title: String) -> String {
        let mark = " (fork)"
        return title.hasSuffix(mark) ? title : title + mark
    }

    /// The title that an agent gives its session (ACP's `session_info_update`): empty when it takes the title back, `nil`
    /// for any other update.
    public static func given(by update: JSON) -> String? {
        guard update["sessionUpdate"]?.string == "session_info_update" else { return nil }
        return update["title"] == .null ? "" : update["title"]?.string.map { of($0) ?? "" }
    }

    /// The title that the last of these entries with one gives its session; `nil` when none does.
    public static func given(by entries: [Entry]) -> String? {
        entries.lazy.reversed().compactMap { entry in
            if case .update(.other(let update)) = entry.body { given(by: update) } else { nil }
        }.first
    }
}
