import Wire

/// Text of agents and networks as it may go to a terminal.
enum Printable {
    /// The text without control characters.
    static func text(_ text: String) -> String { text.withoutControls }

    /// The text on one line.
    static func line(_ text: String) -> String {
        text.withoutControls.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
