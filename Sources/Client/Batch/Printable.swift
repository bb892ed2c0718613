import Wire

/// Text of agents, servers and networks as it may go to a terminal.
public enum Printable {
    /// The text without control characters.
    public static func text(_ text: String) -> String { text.withoutControls }

    /// The text on one line.
    public static func line(_ text: String) -> String {
        text.withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
