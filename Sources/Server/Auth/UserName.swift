import Wire

/// The rules for user names, which are shown in lists and logs and compared byte by byte.
public enum UserName {
    /// The longest name, in bytes of UTF-8.
    public static let bytesMaximum = 128

    /// What is wrong with a name, as the end of a sentence that begins with "the user name"; `nil` for a valid name.
    public static func problem(with name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > bytesMaximum { return "is longer than \(bytesMaximum) bytes" }
        let isClean = name.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            // Line separators and bidirectional controls would let one name look like another in a list.
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
            default: true
            }
        }
        guard isClean, name.withoutControls.utf8.elementsEqual(name.utf8) else { return "contains control characters" }
        if name.isInvisible { return "has nothing that can be seen" }
        // Two names that look the same in a list must not be two users.
        let isOdd = name.unicodeScalars.contains { scalar in
            scalar == "\u{FFFD}" || scalar.value == 0x2800 || scalar.properties.isDefaultIgnorableCodePoint
                || scalar.properties.isWhitespace && scalar != " "
        }
        if isOdd { return "contains U+FFFD, an invisible character or a blank other than the space" }
        return name.trimmed == name ? nil : "begins or ends with a blank"
    }
}
