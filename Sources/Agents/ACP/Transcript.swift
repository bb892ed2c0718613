import Wire

/// The conversation so far as a text, for an agent that has to go on with it and does not know it.
enum Transcript {
    /// The most bytes of it; older messages are left out.
    static let bytesMaximum = 48 << 10

    /// The text; `nil` when there is no conversation yet.
    static func text(of history: [HistoryMessage]) -> String? {
        let all = history.compactMap { message -> String? in
            let text = message.content.compactMap(\.text).joined(separator: "\n")
            return text.isEmpty ? nil : "[\(message.role.rawValue)]\n\(text)"
        }
        var bytes = 0
        let parts = all.reversed().prefix { part in
            bytes += part.utf8.count
            return bytes <= bytesMaximum
        }
        guard !parts.isEmpty else { return nil }
        return """
            The user goes on with a conversation that you have no memory of. Its \(parts.count == all.count ? "" : "newest ")messages \
            follow, oldest first; what the user says now comes behind them.

            \(parts.reversed().joined(separator: "\n\n"))

            [end of the conversation so far]
            """
    }
}
