import Client
import Foundation
import TestKit
import Testing

/// How files and the standard input become prompts.
@Suite struct BatchInputTests {
    @Test func linesInWhichNothingCanBeSeenAreSkipped() throws {
        let text = "hello\n   \n\t\u{200B}\n\r\nworld\u{2028}on\r\n"
        #expect(try BatchInput.prompts(in: text, form: .lines) == ["hello", "world\u{2028}on"])
        #expect(try BatchInput.prompts(in: "a\0 \0\0b\n", form: .lines, isNullSeparated: true) == ["a", "b\n"])
        #expect(try BatchInput.prompts(in: "{\"prompt\":\"a\"}\n \u{FEFF}\n", form: .jsonl) == ["a"])
    }

    @Test func aByteOrderMarkIsNoPartOfAFile() throws {
        let folder = try TemporaryDirectory("input")
        for (text, read) in [
            ("\u{FEFF}a", "a"), ("\u{FEFF}", ""), ("\u{FEFF}\u{FEFF}a", "\u{FEFF}a"), ("a\u{FEFF}", "a\u{FEFF}"),
        ] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path("file")))
            #expect(Array(try BatchInput.readFile(folder.path("file")).utf8) == Array(read.utf8))
        }
    }
}
