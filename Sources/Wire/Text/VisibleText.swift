extension StringProtocol {
    /// The text without white space at its ends.
    public var trimmed: String {
        let head = unicodeScalars.drop { $0.properties.isWhitespace }
        guard let last = head.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(String.UnicodeScalarView(head[...last]))
    }
}

extension String {
    /// Whether nothing of the text can be seen: it has only white space, blank patterns, control characters, escape
    /// sequences and characters that Unicode has displayed as nothing.
    public var isInvisible: Bool {
        withoutControls.unicodeScalars.allSatisfy { scalar in
            // U+2800 is the Braille pattern without dots.
            scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint || scalar.value == 0x2800
        }
    }
}
