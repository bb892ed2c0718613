/// The fence of a code block: three or more backticks or tildes.
struct Fence: Hashable, Sendable {
    /// The character of the fence.
    var character: UInt8
    /// How many of them open it; at least as many close it.
    var count: Int
    /// The spaces in front of it, which are removed from the lines of the code.
    var indent: Int
    /// The first word behind it: the language.
    var language: String

    /// The fence that a line opens; `nil` when it opens none.
    init?(opening line: String) {
        let rest = line.utf8.drop { $0 == 0x20 }
        guard let first = rest.first, first == UInt8(ascii: "`") || first == UInt8(ascii: "~") else { return nil }
        let info = rest.drop { $0 == first }
        let count = rest.count - info.count
        // Backticks with a backtick behind them are a code span.
        guard count >= 3, first != UInt8(ascii: "`") || !info.contains(first) else { return nil }
        character = first
        self.count = count
        indent = line.utf8.count - rest.count
        language = Fence.language(of: String(Substring(info)))
    }

    /// Whether a line closes it.
    func isClosed(by line: String) -> Bool {
        let rest = line.utf8.drop { $0 == 0x20 }
        let end = rest.drop { $0 == character }
        return rest.count - end.count >= count && end.allSatisfy { $0 == 0x20 }
    }

    /// Whether a line may become one that closes it, as more of it arrives.
    func mayBeClosed(by line: String) -> Bool {
        line.utf8.drop { $0 == 0x20 }.allSatisfy { $0 == character }
    }

    /// A line of the code, without the spaces that belong to the fence.
    func content(of line: String) -> String {
        var rest = line[...]
        var left = indent
        while left > 0, rest.utf8.first == 0x20 {
            rest = rest.dropFirst()
            left -= 1
        }
        return String(rest)
    }

    /// The longest name of a language that is shown.
    private static let languageColumns = 20

    /// The language that an info string names: `swift`, `{.python}` or `rust,ignore`.
    static func language(of info: String) -> String {
        let word = info.utf8.split { $0 == 0x20 || $0 == UInt8(ascii: ",") }.first.map { String(Substring($0)) } ?? ""
        return word.filter { !"{}.".contains($0) }.label.clipped(to: languageColumns, mark: "")
    }
}
