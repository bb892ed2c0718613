/// Escapes text from files and file names for Markdown.
enum Markdown {
    /// A name as a code span, with a fence longer than any backticks in it.
    static func code(_ text: String) -> String {
        let text = printable(text)
        let fence = String(repeating: "`", count: longestRun(of: "`", in: text) + 1)
        let padding = text.hasPrefix("`") || text.hasSuffix("`") ? " " : ""
        return fence + padding + text + padding + fence
    }

    /// Lines as a code block, with a fence that none of them can close.
    static func block(_ lines: [String], language: String) -> String {
        let text = lines.map { printable($0, keepingTabs: true) }.joined(separator: "\n")
        let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text) + 1))
        return "\(fence)\(language)\n\(text)\n\(fence)"
    }

    /// The text with control characters made visible: a file name must not move a terminal's cursor, and a
    /// bidirectional control must not make it read as another.
    static func printable(_ text: String, keepingTabs: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\t", keepingTabs {
                result.append(scalar)
            } else if scalar.value < 0x20, let picture = Unicode.Scalar(0x2400 + scalar.value) {
                result.append(picture)
            } else {
                result.append(isControl(scalar) ? "\u{FFFD}" : scalar)
            }
        }
        return String(result)
    }

    /// The language of a code block for the file at the path; empty when it is not known.
    static func language(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        if name == "Makefile" { return "make" }
        guard let dot = name.lastIndex(of: ".") else { return "" }
        return languages[name[name.index(after: dot)...].lowercased()] ?? ""
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func longestRun(of character: Character, in text: String) -> Int {
        var longest = 0
        var run = 0
        for other in text {
            run = other == character ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    private static let languages = [
        "swift": "swift", "c": "c", "h": "c", "cpp": "cpp", "cc": "cpp", "hpp": "cpp", "rs": "rust", "go": "go",
        "py": "python", "js": "javascript", "ts": "typescript", "tsx": "tsx", "jsx": "jsx", "java": "java",
        "kt": "kotlin", "rb": "ruby", "sh": "sh", "bash": "sh", "json": "json", "toml": "toml", "yaml": "yaml",
        "yml": "yaml", "md": "markdown", "html": "html", "css": "css", "sql": "sql", "lua": "lua", "hs": "haskell",
        "ml": "ocaml", "ex": "elixir", "php": "php", "cs": "csharp", "xml": "xml", "diff": "diff", "zig": "zig",
    ]
}
