/// What a user may be called: names are shown in lists and logs, and compared as bytes.
public enum UserName {
    /// The longest name, in bytes of UTF-8.
    public static let bytesMaximum = 128

    /// What is wrong with a name, to be read after the word for it; `nil` when nothing is.
    public static func problem(with name: String) -> String? {
        if name.isEmpty { return "has no name" }
        if name.utf8.count > bytesMaximum { return "has a name of more than \(bytesMaximum) bytes" }
        let isClean = name.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            // Lines and directions, too, would make a list say something else than it holds.
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
            default: true
            }
        }
        return isClean ? nil : "has a name with control characters"
    }
}
