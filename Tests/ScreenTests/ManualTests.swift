import Foundation
import Testing

@testable import Screen

/// `belay(1)` lists the keys and the commands of the tables, no others; `RECORD_GOLDENS=1` writes them into it.
@Suite struct ManualTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "man/belay.1")

    private static var keys: String {
        let items = KeyHelp.all.map { key in
            let names = key.keys.map { $0.replacing(/^\^(.)/) { "Ctrl-\($0.1)" } }.joined(separator: " , ")
            return ".It Ic \(names)\n\(key.does)\n"
        }
        return ".Bl -tag -width \"Ctrl-J, Alt-Enter\" -compact\n" + items.joined() + ".El\n"
    }

    private static var commands: String {
        let items = SlashCommand.all.map { command in
            let names = ([command.name] + command.aliases).map { "/\($0)" }.joined(separator: " , ")
            let arguments =
                switch command.arguments {
                case .none: ""
                case .optional(let word): " Op Ar \(word)"
                case .required(let word): " Ar \(word)"
                }
            return ".It Ic \(names)\(arguments)\n\(command.help)\n"
        }
        return ".Bl -tag -width \"/sessions\" -compact\n" + items.joined()
            + ".It Ic // Ns Ar TEXT\nsend a prompt that begins with a slash\n.El\n"
    }

    @Test(arguments: [("keys", ManualTests.keys), ("commands", ManualTests.commands)])
    func aSectionIsThatOfItsTable(name: String, expected: String) throws {
        let (begin, end) = (".\\\" The table of \(name) of the screen: make golden writes it.\n", ".\\\" End of it.\n")
        // Both sections are in one file, and tests run beside each other.
        try Self.recording.withLock {
            var text = try String(contentsOf: Self.file, encoding: .utf8)
            let head = try #require(text.range(of: begin))
            let tail = try #require(text.range(of: end, range: head.upperBound..<text.endIndex))
            let present = head.upperBound..<tail.lowerBound
            if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] == "1" {
                text.replaceSubrange(present, with: expected)
                try text.write(to: Self.file, atomically: true, encoding: .utf8)
                return
            }
            #expect(String(text[present]) == expected)
        }
    }

    private static let recording = NSLock()
}
