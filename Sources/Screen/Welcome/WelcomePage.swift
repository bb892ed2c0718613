import Sync
import Wire

/// The page of an empty chat: which agent and folder, what to try, the last chats, and how to get another agent.
extension Model {
    /// The rows of the page; where there is no room for all of it, the least useful parts are left out.
    func welcomeRows(height: Int, wallClock: Timestamp) -> [Line] {
        guard let welcome else { return [] }
        var parts = [
            head, promise, titled("Try", hint: "Tab puts one into the input", tries),
            titled("Before", hint: "^S lists all", recent(welcome, wallClock: wallClock)),
            titled("Other agents", hint: "", others(welcome)),
        ].filter { !$0.isEmpty }
        func rows(_ parts: [[Line]]) -> Int { parts.reduce(parts.count - 1) { $0 + $1.count } }
        // What is said once and known then is the first to go, then the last part.
        if rows(parts) > height, parts.count > 1 { parts.remove(at: 1) }
        while parts.count > 1, rows(parts) > height { parts.removeLast() }
        let page = Array(parts.joined(separator: [Line()]))
        let above = max(0, min(height - page.count, (height - page.count + 1) / 3))
        return Array(([Line](repeating: Line(), count: above) + page).prefix(height))
    }

    /// Where the text of the page begins: under the speakers of the conversation that is to come.
    var pageIndent: Int { Columns(screen: transcriptColumns).speaker }

    /// How wide the text of the page is.
    var pageWidth: Int { max(2, min(Columns.textMaximum, transcriptColumns - pageIndent - 1)) }

    private func line(_ text: String, _ role: Role, indent more: Int = 0) -> Line {
        var line = Line()
        line.pad(to: pageIndent + more)
        line.add(glyphs.own(text).clipped(to: max(0, pageWidth - more), mark: glyphs.ellipsis), theme[role])
        return line
    }

    /// A part with its title, and a hint behind that where it fits.
    private func titled(_ title: String, hint: String, _ lines: [Line]) -> [Line] {
        if lines.isEmpty { return [] }
        var head = line(title, .textStrong)
        if !hint.isEmpty, head.columns - pageIndent + 2 + hint.columns <= pageWidth {
            head.add("  " + hint, theme[.textMuted])
        }
        return [head] + lines
    }

    private func paragraph(_ text: String) -> [Line] {
        glyphs.own(text).wrapped(to: pageWidth).map { line(String($0), .textMuted) }
    }

    // MARK: The parts

    private var head: [Line] {
        var head = Line()
        head.pad(to: pageIndent)
        head.add((agent.isEmpty ? "belay" : agent).clipped(to: pageWidth, mark: glyphs.ellipsis), theme[.agent])
        if !folder.isEmpty, pageWidth - (head.columns - pageIndent) > 8 {
            head.add(" in ", theme[.textMuted])
            head.add(
                place.clipped(to: pageWidth - (head.columns - pageIndent), mark: glyphs.ellipsis), theme[.text])
        }
        let what =
            agent == Model.librarian
            ? "It finds and quotes passages of the files here; no language model."
            : "It works in this folder, and asks before it does what it may not."
        return [head] + paragraph(what)
    }

    private var promise: [Line] { paragraph("Close the terminal, switch networks, come back: the chat goes on.") }

    /// The folder, with the branch that is checked out.
    private var place: String {
        branch.isEmpty ? folder : "\(folder) (\(branch))"
    }

    private var tries: [Line] { suggestions.texts.map { line("\(glyphs.prompt) \($0)", .text, indent: 2) } }

    private func recent(_ welcome: Welcome, wallClock: Timestamp) -> [Line] {
        welcome.recent.map { chat in
            var line = Line()
            line.pad(to: pageIndent + 2)
            line.add(TimeText.age(of: chat.usedAt, at: wallClock), theme[.textMuted])
            line.pad(to: pageIndent + 2 + TimeText.ageColumns + 2)
            let room = max(0, pageWidth - (line.columns - pageIndent))
            // The folder only where it differs from this one, and where it does not cost the title.
            let folder = chat.folder == folder || chat.folder.columns + 2 > room / 2 ? "" : chat.folder
            let title = room - (folder.isEmpty ? 0 : folder.columns + 2)
            line.add(chat.title.clipped(to: title, mark: glyphs.ellipsis), theme[.text])
            if !folder.isEmpty { line.add("  " + folder, theme[.textMuted]) }
            return line
        }
    }

    /// The other agents: those that the server has, those that are installed and could be added, or how to get one.
    private func others(_ welcome: Welcome) -> [Line] {
        let known = connection.agents.filter { $0 != agent }
        var lines: [Line] = []
        if !known.isEmpty {
            lines.append(
                line("/agent NAME  starts a chat with \(known.joined(separator: ", "))", .text, indent: 2))
        }
        for name in welcome.installed ?? [] where !connection.agents.contains(name) {
            lines.append(
                line("belay agents add \(name)  \(glyphs.separator) in a shell: it is installed", .text, indent: 2))
        }
        if known.isEmpty, lines.isEmpty, welcome.installed != nil {
            lines.append(
                line(
                    "belay agents add claude  \(glyphs.separator) in a shell; or codex, gemini, ollama", .text,
                    indent: 2))
        }
        return lines
    }
}
