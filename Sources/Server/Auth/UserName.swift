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
        return isClean ? nil : "contains control characters"
    }
}
