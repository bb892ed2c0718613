import Wire

/// Makes text of agents, servers and networks safe for a terminal.
public enum Printable {
    /// The text without control characters.
    public static func text(_ text: String) -> String { text.withoutControls }

    /// The text without control characters, its lines joined by spaces.
    public static func line(_ text: String) -> String {
        text.withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
