import Foundation
import TestKit
import Testing
import Wire

/// Words in command lines that are offered for copying.
@Suite struct ShellWordTests {
    @Test(arguments: [
        ("", "''"), ("plain", "plain"), ("019a-7f/x_@%+=:,.", "019a-7f/x_@%+=:,."), ("ws://127.0.0.1:8137", nil),
        ("wss://[::1]:443", "'wss://[::1]:443'"), ("-r", "'-r'"), ("a b", "'a b'"), ("$(reboot)", "'$(reboot)'"),
        ("`reboot`", "'`reboot`'"), ("a;b&c|d>e<f", "'a;b&c|d>e<f'"), ("it's", #"'it'\''s'"#), ("'", #"''\'''"#),
        ("\"\\!*?~#{}", "'\"\\!*?~#{}'"), ("é", "'é'"),
    ])
    func isQuotedWhenItHasTo(text: String, word: String?) { #expect(text.shellWord == word ?? text) }

    @Test func aQuoteIsOneWhateverFollowsIt() {
        // Two scalars that Swift takes for one character; a shell reads bytes.
        #expect(
            Array("'\u{308}$(reboot)".shellWord.unicodeScalars) == Array(#"''\''"#.unicodeScalars) + ["\u{308}"]
                + Array("$(reboot)'".unicodeScalars))
    }

    @Test func aShellReadsBackWhatWasWritten() throws {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 1)
        let alphabet = Array(" '\"\\$`!()[]{}<>|&;*?~#=-a1é\u{308}\u{1F600}\n\t".unicodeScalars)
        let words = (0..<200).map { _ in
            var word = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                word.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
            }
            return String(word)
        }
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", #"printf '%s\0' "# + words.map(\.shellWord).joined(separator: " ")]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        let read = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
        #expect(read.map(Array.init) == words.map { Array($0.utf8) }, "\(seed)")
    }
}

/// JSON that may be looked at on a terminal.
@Suite struct PrintableJSONTests {
    @Test func whatATerminalWouldObeyIsEscapedAndReadBackTheSame() throws {
        let misleading: [Unicode.Scalar] =
            (0...0x9F).filter { $0 < 0x20 || $0 > 0x7E }.map { Unicode.Scalar($0) }
            + [
                "\u{AD}", "\u{200B}", "\u{200E}", "\u{200F}", "\u{2028}", "\u{2029}", "\u{202A}", "\u{202E}",
                "\u{2066}",
            ]
            + ["\u{2069}", "\u{FEFF}", "\u{E0041}"]
        for scalar in misleading {
            let value: JSON = .object(of: ["a\(scalar)": .string("x\(scalar)y")])
            let text = value.printable
            #expect(!text.unicodeScalars.contains(scalar), "U+\(String(scalar.value, radix: 16))")
            #expect(try JSON(parsing: text) == value)
        }
    }

    @Test func whatPeopleReadStaysAsItIs() {
        let value: JSON = ["text": "ünïcödé – 日本 👩‍👩‍👧 \"\\\n"]
        #expect(value.printable == value.text)
    }
}
