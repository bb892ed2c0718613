/// Makes a conversation fit the context of a model: the oldest output of tools goes first, then the oldest turns. What the
/// user said last always stays.
struct ContextWindow: Hashable, Sendable {
    /// What stands for the output of a tool that was left out.
    static let placeholder = "(left out: the context is full; run it again if you need it)"

    /// What was left out.
    struct Cut: Hashable, Sendable {
        /// How many outputs of tools.
        var outputs = 0
        /// How many messages.
        var messages = 0
        /// Whether there is more than was read of the journal.
        var lacksBeginning = false

        /// How what the user is told begins.
        static let beginning = "the model's context is full"

        /// What the user is told; `nil` when nothing is missing.
        var note: String? {
            let parts = [
                outputs == 0 ? nil : "the output of \(outputs) earlier tool \(outputs == 1 ? "call" : "calls")",
                messages == 0 ? nil : "\(messages) earlier \(messages == 1 ? "message" : "messages")",
                lacksBeginning ? "the beginning of this chat" : nil,
            ].compactMap { $0 }
            guard !parts.isEmpty else { return nil }
            return "\(Self.beginning): it is not told \(parts.joined(separator: ", nor "))"
        }
    }

    /// The most tokens that the messages may take.
    var tokens: Int

    /// Leaves out what does not fit.
    ///
    /// - Returns: What was left out. When even the newest messages do not fit, the newest outputs are cut in their middle;
    ///   what is then still too long is for the server to refuse.
    func fit(_ messages: inout [Conversation.Message]) -> Cut {
        var cut = Cut()
        var total = messages.reduce(0) { $0 + $1.tokens }
        guard total > tokens else { return cut }
        let newest = messages.lastIndex { $0.role == .assistant } ?? messages.count
        for index in messages.indices.prefix(newest) where messages[index].role == .tool && total > tokens {
            let before = messages[index].tokens
            guard messages[index].text.utf8.count > Self.placeholder.utf8.count else { continue }
            messages[index].text = Self.placeholder
            total -= before - messages[index].tokens
            cut.outputs += 1
        }
        cut.messages = dropTurns(&messages, &total)
        if total > tokens { shorten(&messages, by: total - tokens) }
        return cut
    }

    /// Whole turns, so that no answer stands without its question, and no result without its call.
    private func dropTurns(_ messages: inout [Conversation.Message], _ total: inout Int) -> Int {
        var dropped = 0
        while total > tokens {
            guard let first = messages.firstIndex(where: { $0.role == .user }),
                let next = messages[(first + 1)...].firstIndex(where: { $0.role == .user })
            else { return dropped }
            total -= messages[first..<next].reduce(0) { $0 + $1.tokens }
            dropped += messages[first..<next].count { $0.role != .tool }
            messages.removeSubrange(first..<next)
        }
        return dropped
    }

    private func shorten(_ messages: inout [Conversation.Message], by excess: Int) {
        let outputs = messages.indices.filter { messages[$0].role == .tool }
        let bytes = outputs.reduce(0) { $0 + messages[$1].text.utf8.count }
        guard bytes > 0 else { return }
        let kept = max(0.05, 1 - Double(excess * 4) / Double(bytes))
        for index in outputs {
            messages[index].text = messages[index].text.middleCut(
                to: Int(Double(messages[index].text.utf8.count) * kept))
        }
    }
}

extension String {
    /// The beginning and the end of a text that is longer than that many bytes, and how much is missing between.
    func middleCut(to maximum: Int) -> String {
        let length = utf8.count
        guard length > maximum else { return self }
        let half = max(0, maximum / 2)
        // Indices within a character are rounded down to its beginning.
        let head = self[..<utf8.index(startIndex, offsetBy: half)]
        let tail = self[utf8.index(endIndex, offsetBy: -half)...]
        return "\(head)\n… \(length - 2 * half) bytes left out …\n\(tail)"
    }
}
