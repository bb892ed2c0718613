import Mirror
import Wire

/// Writes a chat down as it is in the mirror: for people in Markdown, for programs in JSON.
public enum ChatExport: String, Hashable, Sendable, CaseIterable {
    case markdown = "md"
    case json

    /// Everything of a chat, piece by piece, so that a long one need not fit into memory.
    ///
    /// - Parameter write: Called with the pieces in order.
    public func export(_ store: ChatStore, write: (String) throws -> Void) throws {
        let title = store.chat.title ?? "chat"
        switch self {
        case .markdown:
            var writer = MarkdownWriter()
            try write(writer.head(title, store.chat))
            try store.forEachEntry { try write(writer.text(of: $0)) }
            try write("\n")
        case .json:
            let head = JSON.object(of: [
                "title": .string(Printable.line(title)), "directory": .string(store.chat.directory),
                "session": store.chat.session.map { .string($0.rawValue) } ?? .null,
                "agent": store.agent.map { .string($0) } ?? .null,
            ])
            // The object is left open, and the entries follow in it.
            try write(head.printable.dropLast() + ",\"entries\":[")
            var isFirst = true
            try store.forEachEntry { entry in
                try write((isFirst ? "\n" : ",\n") + ChatExport.object(entry).printable)
                isFirst = false
            }
            try write("\n]}\n")
        }
    }

    private static func object(_ entry: Entry) -> JSON {
        let (kind, data): (String, JSON) =
            switch entry.body {
            case .update(let update): (update.json["sessionUpdate"]?.string ?? "", update.json)
            case .event(let event): (event.kind, event.data)
            }
        return .object(of: [
            "seq": .integer(entry.seq), "from": entry.from == entry.seq ? nil : .integer(entry.from),
            "time": .string(ISO8601.text(entry.timestamp)), "kind": .string(kind), "data": data,
        ])
    }
}

extension ChatStore {
    /// Calls a closure with every entry that is here, in order.
    fileprivate func forEachEntry(_ body: (Entry) throws -> Void) throws {
        var after: Seq = 0
        while true {
            let page = try page(after: after)
            guard let last = page.last else { return }
            for entry in page { try body(entry) }
            after = last.seq
        }
    }
}

/// Makes Markdown of entries that follow one another.
private struct MarkdownWriter {
    private var last: Seq = 0
    private var message: (name: String, id: MessageID?)?

    func head(_ title: String, _ chat: Chat) -> String {
        let lines =
            ["# \(Printable.line(title))", "", "- folder: `\(Printable.line(chat.directory))`"]
            + (chat.session.map { ["- session: `\($0)`"] } ?? [])
        return lines.joined(separator: "\n") + "\n"
    }

    /// What an entry adds to the text.
    mutating func text(of entry: Entry) -> String {
        defer { last = entry.seq }
        let gap = entry.from > last + 1 ? "\n\n*… \(entry.from - last - 1) entries are not on this machine …*" : ""
        if !gap.isEmpty { message = nil }
        return gap + own(entry)
    }

    private mutating func own(_ entry: Entry) -> String {
        guard case .update(let update) = entry.body else {
            if case .event(.turnEnd(_, let outcome)) = entry.body {
                message = nil
                if case .failed(let reason) = outcome { return "\n\n*The turn failed: \(Printable.line(reason))*" }
            }
            return ""
        }
        if let (name, chunk) = update.chunk {
            // What the agent thought is not what it said.
            guard name != "agent_thought_chunk" else { return "" }
            let isContinued = message.map { $0.name == name && $0.id == chunk.messageID } ?? false
            message = (name, chunk.messageID)
            let text = Printable.text(MarkdownWriter.text(of: chunk.content))
            if isContinued { return text }
            let who = name == "user_message_chunk" ? "You" : "Agent"
            return "\n\n## \(who), \(ISO8601.text(entry.timestamp).prefix(16).replacing("T", with: " ")) UTC\n\n\(text)"
        }
        guard case .toolCall(let call) = update else { return "" }
        message = nil
        let kind = call.kind?.rawValue ?? "tool"
        return "\n\n- \(kind): `\(Printable.line(call.title ?? "").replacing("`", with: "'"))`"
    }

    private static func text(of content: ContentBlock) -> String {
        switch content {
        case .text(let text): text
        case .resourceLink(let name, let uri): "\n[\(name)](\(uri))"
        case .other(let json): "[\(json["type"]?.string ?? "?")]"
        }
    }
}
