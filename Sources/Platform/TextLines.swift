/// Splits text files and the standard input into lines.
public enum TextLines {
    /// The lines of a text, the part behind the last line end included. Only LF and CRLF end a line: U+2028, a form
    /// feed or a lone CR may be part of a text that was pasted.
    public static func split(_ text: String) -> [String] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
    }
}
