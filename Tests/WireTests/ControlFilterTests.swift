import TestKit
import Testing
import Wire

/// A sentence in which a foreign value is quoted stays whole, whatever the value is.
@Suite struct ControlFilterTests {
    /// Values that begin a sequence and do not end it.
    private static let unterminated = [
        "\u{1B}]y", "\u{1B}]0;title", "\u{9D}0;title", "\u{1B}Pq", "\u{90}1$r", "\u{1B}X", "\u{98}x", "\u{1B}^x",
        "\u{9E}",
        "\u{1B}_G", "\u{9F}a b", "\u{1B}]a\u{1B}]b", "\u{1B}]a\u{1B}Pb\u{9D}c", "\u{1B}", "\u{1B}[", "\u{9B}",
        "\u{1B}[3",
        "\u{1B}[?1;2", "\u{1B}(", "\u{1B}]x\u{1B}",
    ]

    @Test(
        arguments: unterminated, [": No such file or directory", "' is not an action; allowed are cut", ") and 5 more"])
    func anUnterminatedSequenceHidesNothingBehindIt(value: String, suffix: String) {
        let clean = "belay: cannot read x\(value)\(suffix)".withoutControls
        #expect(clean.hasPrefix("belay: cannot read x") && clean.hasSuffix(suffix), "\(clean)")
        #expect(clean.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        // Neither does it at the end, nor before the next line.
        #expect("x\(value)".withoutControls.hasPrefix("x"))
        #expect("x\(value)\n\(suffix)".withoutControls.hasSuffix("\n\(suffix)"))
    }

    /// The law, for strings (OSC, DCS, SOS, PM, APC): without a terminator, everything behind the introducer is kept.
    @Test func textBehindAStringWithoutATerminatorIsKept() {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 12)
        let introducers = [
            "\u{1B}]", "\u{1B}P", "\u{1B}X", "\u{1B}^", "\u{1B}_", "\u{9D}", "\u{90}", "\u{98}", "\u{9F}",
        ]
        let letters = Array("ab;0: '[]\\é😀\t")
        for _ in 0..<2_000 {
            let pieces = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                let text = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    letters[Int.random(in: 0..<letters.count, using: &generator)]
                }
                return (introducers[Int.random(in: 0..<introducers.count, using: &generator)], String(text))
            }
            let value = pieces.map { $0.0 + $0.1 }.joined()
            #expect(("x" + value + ": why").withoutControls == "x" + pieces.map(\.1).joined() + ": why", "\(seed)")
        }
    }

    @Test(arguments: [
        ("\u{1B}[31mred\u{1B}[0m", "red"), ("\u{9B}1;2Hx", "x"), ("\u{1B}[2 qx", "x"), ("\u{1B}]0;title\u{7}x", "x"),
        ("\u{1B}]8;;http://a b\u{1B}\\x", "x"), ("\u{90}q\u{9C}x", "x"), ("\u{1B}(Bx", "x"), ("\u{1B}7x\u{1B}8", "x"),
        ("\u{1B}cx", "x"), ("\u{1B}=x", "x"), ("a\r\nb", "a\nb"),
    ])
    func aWholeSequenceIsRemoved(text: String, clean: String) {
        #expect(text.withoutControls == clean)
    }
}
