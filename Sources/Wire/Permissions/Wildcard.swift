/// Matches a text with a pattern in which `*` stands for any text and `?` for one Unicode scalar; a backslash takes the meaning
/// from the character behind it. As fnmatch(3) without flags, but for sets in brackets.
enum Wildcard {
    private enum Part: Hashable {
        case any, one
        case character(Unicode.Scalar)
    }

    /// Whether the whole text matches. Takes time in proportion to both lengths at most.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let (parts, text) = (parts(of: pattern), Array(text.unicodeScalars))
        var (part, place) = (0, 0)
        // Where the newest `*` is, and what it stands for ends: it takes one more when the rest does not match.
        var star: (part: Int, place: Int)?
        while place < text.count {
            if part < parts.count, parts[part] == .any {
                star = (part, place)
                part += 1
            } else if part < parts.count, parts[part] == .one || parts[part] == .character(text[place]) {
                (part, place) = (part + 1, place + 1)
            } else if let last = star {
                star = (last.part, last.place + 1)
                (part, place) = (last.part + 1, last.place + 1)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .any }
    }

    /// Whether every character of a pattern stands for itself.
    static func isLiteral(_ pattern: String) -> Bool {
        parts(of: pattern).allSatisfy { part in if case .character = part { true } else { false } }
    }

    /// The pattern that matches a text and nothing else.
    static func literal(_ text: String) -> String {
        var pattern = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if ["*", "?", "\\"].contains(scalar) { pattern.append("\\") }
            pattern.append(scalar)
        }
        return String(pattern)
    }

    private static func parts(of pattern: String) -> [Part] {
        var parts: [Part] = []
        var isEscaped = false
        for character in pattern.unicodeScalars {
            if isEscaped {
                parts.append(.character(character))
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                parts.append(character == "*" ? .any : character == "?" ? .one : .character(character))
            }
        }
        return isEscaped ? parts + [.character("\\")] : parts
    }
}
