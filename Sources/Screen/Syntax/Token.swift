/// A part of a line of code.
struct Token: Hashable, Sendable {
    /// What a token is, as far as a table of words and quotes can tell.
    enum Kind: Hashable, Sendable {
        case plain, keyword, type, name, string, number, comment
        /// The lines of a diff.
        case added, removed, hunk
        /// The heading of a text.
        case heading

        var role: Role {
            switch self {
            case .plain: .code
            case .keyword: .syntaxKeyword
            case .type: .syntaxType
            case .name: .syntaxName
            case .string: .syntaxString
            case .number: .syntaxNumber
            case .comment: .syntaxComment
            case .added: .diffAdd
            case .removed: .diffRemove
            case .hunk: .diffHunk
            case .heading: .markdownHeading
            }
        }
    }

    var text: String
    var kind: Kind
}
