import Wire

/// A script's output, or a screen: it shows text as it comes, and what it has shown it cannot take back.
struct Consumer {
    /// What was shown of a message, and from which entry on.
    struct Shown {
        var first: Seq
        var last: Seq
        var text: String
    }

    private(set) var messages: [MessageID: Shown] = [:]
    private var held = HeldText()
    /// Whether it shows again what a merged entry repeats.
    private let repeats: Bool

    init(repeats: Bool) { self.repeats = repeats }

    /// Shows what is new of an entry.
    ///
    /// - Returns: The message it belongs to, when it is an answer's.
    mutating func show(_ entry: Entry) -> MessageID? {
        let lacking = held.lacking(of: entry)
        guard let new = repeats ? entry : lacking, case .update(.agentMessage(let chunk)) = new.body,
            let id = chunk.messageID,
            let text = chunk.content.text
        else { return nil }
        messages[id, default: Shown(first: new.from, last: new.seq, text: "")].text += text
        messages[id]?.last = new.seq
        return id
    }
}
