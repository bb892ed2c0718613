/// The kind of a file, guessed from its path.
enum FileKind: String, Hashable, Sendable {
    case source, test, document
    /// A text that says little about the project, such as a licence or a lock file.
    case aside

    /// The kind of the file at a path from the folder.
    init(path: String) {
        let lowered = path.lowercased()
        let parts = lowered.split(separator: "/")
        let name = parts.last ?? ""
        let stem = name.prefix { $0 != "." }
        let folders = parts.dropLast()
        if FileKind.asides.contains(String(stem)) || name.hasSuffix(".lock") || name.hasSuffix(".resolved") {
            self = .aside
        } else if folders.contains(where: { ["test", "tests", "spec", "specs", "__tests__"].contains($0) })
            || FileKind.isTest(path.split(separator: "/").last ?? "")
        {
            self = .test
        } else if FileKind.isMarkdown(lowered) || name.hasSuffix(".txt") || name.hasSuffix(".rst")
            || folders.contains(where: { ["doc", "docs", "man"].contains($0) })
        {
            self = .document
        } else {
            self = .source
        }
    }

    /// Whether a file name is that of a test: `DoorTests.swift`, `door_test.go`, `test_door.py`, `door.spec.ts`. The
    /// case matters: `Latest.swift` is no test.
    private static func isTest(_ name: Substring) -> Bool {
        let stem = name.prefix { $0 != "." }
        return ["Test", "Tests", "_test", "-test"].contains { stem.hasSuffix($0) } || stem.hasPrefix("test_")
            || name.contains(".test.") || name.contains(".spec.")
    }

    /// Whether the file is Markdown, where `#` begins a heading and not a comment.
    static func isMarkdown(_ path: String) -> Bool {
        let lowered = path.lowercased()
        return lowered.hasSuffix(".md") || lowered.hasSuffix(".markdown")
    }

    private static let asides: Set<String> = ["license", "licence", "copying", "changelog", "authors", "notice"]
}
