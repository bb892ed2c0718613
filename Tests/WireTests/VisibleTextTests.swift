import Testing
import Wire

/// Text in which nothing can be seen, and blanks around a text.
@Suite struct VisibleTextTests {
    @Test(arguments: [
        "", " ", "\t\n", "\u{A0}", "\u{3000}", "\u{200B}", "\u{FEFF}", "\u{202E}", "\u{2800}", "\u{3164}", "\u{115F}",
        "\u{200D}",
        "\u{FE0F}", "\u{E0041}", "\u{AD}", "\u{7}", "\u{0}", "\u{9B}31m", "\u{1B}[31m", "\u{1B}]0;title\u{7}",
        " \u{200B} \u{1B}[0m\n",
    ])
    func nothingCanBeSeen(text: String) { #expect(text.isInvisible, "\(text.debugDescription)") }

    @Test(arguments: [
        "a", " . ", "\u{1B}[31mx", "é", "e\u{301}", "👩\u{200D}💻", "\u{1F3FB}", "名", "\u{FFFD}", "\u{200B}?",
    ])
    func somethingCanBeSeen(text: String) { #expect(!text.isInvisible, "\(text.debugDescription)") }

    @Test func blanksAreTrimmedAtBothEnds() {
        for (text, trimmed) in [("", ""), (" \r\n", ""), ("\u{A0}a b\t\r\n", "a b"), ("a", "a"), ("\u{2028}a", "a")] {
            #expect(text.trimmed == trimmed)
        }
    }
}
