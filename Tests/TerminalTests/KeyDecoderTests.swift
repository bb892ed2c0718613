import Screen
import Testing

@testable import Terminal

@Suite struct KeyDecoderTests {
    /// What terminals send, and what it means.
    static let conventions: [(bytes: String, keys: [Key])] = [
        // Text and control characters
        ("hello", "hello".map(Key.character)),
        ("wörld 中文 🙂", "wörld 中文 🙂".map(Key.character)),
        ("\r\t\u{7F}\u{8}", [.enter, .tab, .backspace, .backspace]),
        ("\n\u{3}\u{1A}\u{0}\u{1F}", [.control("j"), .control("c"), .control("z"), .control(" "), .control("_")]),
        // Arrows in both modes, with modifiers, and as rxvt and the console send them
        ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.up, .down, .right, .left]),
        ("\u{1B}OA\u{1B}OB\u{1B}OC\u{1B}OD", [.up, .down, .right, .left]),
        ("\u{1B}[1;5D\u{1B}[1;5C\u{1B}[1;3D\u{1B}[1;3C", [.wordLeft, .wordRight, .wordLeft, .wordRight]),
        ("\u{1B}[1;3A\u{1B}[1;5B\u{1B}[1;2A", [.altUp, .altDown, .up]),
        ("\u{1B}Od\u{1B}Oc\u{1B}[1;2D", [.wordLeft, .wordRight, .left]),
        (
            "\u{1B}[H\u{1B}[F\u{1B}OH\u{1B}OF\u{1B}[1~\u{1B}[4~\u{1B}[7~\u{1B}[8~",
            [.home, .end, .home, .end, .home, .end, .home, .end]
        ),
        ("\u{1B}[3~\u{1B}[5~\u{1B}[6~\u{1B}[Z", [.delete, .pageUp, .pageDown, .backTab]),
        (
            "\u{1B}OP\u{1B}OS\u{1B}[11~\u{1B}[15~\u{1B}[17~\u{1B}[21~\u{1B}[23~\u{1B}[24~",
            [1, 4, 1, 5, 6, 10, 11, 12].map(Key.function)
        ),
        ("\u{1B}[[A\u{1B}[[E\u{1B}[1;2P", [.function(1), .function(5), .function(1)]),
        ("\u{1B}OM\u{1B}Oq\u{1B}Ok", [.enter, .character("1"), .character("+")]),
        // Alt
        ("\u{1B}b\u{1B}F\u{1B}é\u{1B}中", [.alt("b"), .alt("F"), .alt("é"), .alt("中")]),
        ("\u{1B}\r\u{1B}\n\u{1B}\u{7F}", [.altEnter, .altEnter, .control("w")]),
        // kitty's protocol and modifyOtherKeys
        ("\u{1B}[13;2u\u{1B}[27;2;13~\u{1B}[13u\u{1B}[13;3u", [.altEnter, .altEnter, .enter, .altEnter]),
        ("\u{1B}[99;5u\u{1B}[27;5;99~\u{1B}[97;3u\u{1B}[97;4u", [.control("c"), .control("c"), .alt("a"), .alt("A")]),
        ("\u{1B}[27u\u{1B}[9;2u\u{1B}[127;3u\u{1B}[57417u", [.escape, .backTab, .control("w"), .left]),
        ("\u{1B}[97;5:1u\u{1B}[97;5:3u\u{1B}[1;1:3A", [.control("a")]),
        // Numbers that no terminal sends
        ("\u{1B}[1;-9223372036854775808A\u{1B}[1;9223372036854775808A\u{1B}[1;0A", [.up, .up, .up]),
        // Focus and paste
        ("\u{1B}[I\u{1B}[O", [.focus(true), .focus(false)]),
        ("\u{1B}[200~one\rtwo\r\nthree\u{1B}[201~x", [.paste("one\ntwo\nthree"), .character("x")]),
        ("\u{1B}[200~\u{1B}[20\u{1B}[201\u{1B}\u{1B}[201~", [.paste("[20[201")]),
        ("\u{1B}[200~a\tb\u{0}\u{9B}中\u{1B}[201~", [.paste("a\tb中")]),
        // What is no key is swallowed whole
        ("\u{1B}[?2026;2$y\u{1B}[?62;22c\u{1B}[>1;10;0c\u{1B}[?1u.", [.character(".")]),
        ("\u{1B}[24;80R\u{1B}[<0;10;20M\u{1B}[<0;10;20m\u{1B}[M !!.", [.character(".")]),
        ("\u{1B}]11;rgb:1e1e/1e1e/2e2e\u{7}\u{1B}]11;rgb:ff/ff/ff\u{1B}\\.", [.character(".")]),
        ("\u{1B}P>|XTerm(388)\u{1B}\\\u{1B}_Gi=1;OK\u{1B}\\\u{1B}^pm\u{1B}\\\u{1B}Xsos\u{1B}\\.", [.character(".")]),
        ("\u{1B}[99999999999999999999~\u{1B}[57358u\u{1B}[2~.", [.character(".")]),
        ("\u{1B}[" + String(repeating: "1;", count: 500) + "A.", [.character(".")]),
        // A sequence that is given up, by a control character, a new one, or cancel
        ("\u{1B}[1;\u{1B}[A\u{1B}[1\u{18}x\u{1B}]0;t\u{1B}[B", [.up, .character("x"), .down]),
        ("\u{1B}[\r\u{1B}[中", [.enter, .character("中")]),
        ("\u{1B}\u{1B}[A", [.escape, .up]),
        ("\u{1B}\u{3}", [.escape, .control("c")]),
    ]

    /// Typed characters that follow one another are the same as one text: where a read ends between a character and
    /// its mark is not for the decoder to decide.
    private static func joined(_ keys: [Key]) -> [Key] {
        var result: [Key] = []
        var text = ""
        func flush() {
            result += text.map(Key.character)
            text = ""
        }
        for key in keys {
            if case .character(let character) = key {
                text.append(character)
            } else {
                flush()
                result.append(key)
            }
        }
        flush()
        return result
    }

    @Test(arguments: conventions)
    func keysAreTheSameAtEverySplit(bytes: String, keys: [Key]) {
        let all = Array(bytes.utf8)
        for split in 0...all.count {
            var decoder = KeyDecoder()
            let decoded = decoder.feed(all[..<split]) + decoder.feed(all[split...])
            #expect(Self.joined(decoded) == keys, "split at \(split)")
            #expect(decoder.timeout == nil)
        }
    }

    @Test(arguments: conventions)
    func keysAreTheSameByteByByte(bytes: String, keys: [Key]) {
        var decoder = KeyDecoder()
        #expect(Self.joined(bytes.utf8.flatMap { decoder.feed([$0]) }) == keys)
    }

    @Test func allConventionsInOneReadAreTheirKeysInOrder() {
        var decoder = KeyDecoder()
        let decoded = decoder.feed(Self.conventions.flatMap { Array($0.bytes.utf8) })
        #expect(decoded == Self.conventions.flatMap(\.keys))
    }

    @Test func combiningMarksBelongToTheirCharacter() {
        var decoder = KeyDecoder()
        #expect(decoder.feed("e\u{301}👍🏽".utf8) == [.character("e\u{301}"), .character("👍🏽")])
    }

    @Test func whatIsNoTextIsShownAsSuch() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0xFF, 0x61]) == [.character("\u{FFFD}"), .character("a")])
        // A character that ends too early, before a key.
        #expect(decoder.feed([0xE4, 0xB8, 0x0D]) == [.character("\u{FFFD}"), .enter])
    }

    /// What time decides when nothing follows, and how long it takes.
    @Test(arguments: [
        ("\u{1B}", Duration.milliseconds(25), [Key.escape]),
        ("\u{1B}[", KeyDecoder.sequenceTimeout, [.alt("[")]),
        ("\u{1B}O", KeyDecoder.sequenceTimeout, [.alt("O")]),
        ("\u{1B}]", KeyDecoder.sequenceTimeout, [.alt("]")]),
        ("\u{1B}P", KeyDecoder.sequenceTimeout, [.alt("P")]),
        ("\u{1B}[1;5", KeyDecoder.sequenceTimeout, []),
        ("\u{1B}]11;rgb", KeyDecoder.sequenceTimeout, []),
        ("\u{1B}]11;rgb\u{1B}", KeyDecoder.sequenceTimeout, [.escape]),
        ("\u{1B}[M ", KeyDecoder.sequenceTimeout, []),
        ("\u{1B}[200~lost", KeyDecoder.pasteTimeout, [.paste("lost")]),
    ])
    func timeDecides(bytes: String, timeout: Duration, keys: [Key]) {
        var decoder = KeyDecoder()
        #expect(decoder.feed(bytes.utf8) == [])
        #expect(decoder.timeout == timeout)
        #expect(decoder.settle() == keys)
        #expect(decoder.timeout == nil)
        #expect(decoder.feed("A".utf8) == [.character("A")])
    }

    @Test func theTerminalsOwnNamesComeFirst() {
        var decoder = KeyDecoder(named: [Array("[A".utf8): .function(7), Array("[7$".utf8): .home])
        #expect(decoder.feed("\u{1B}[A\u{1B}[7$x".utf8) == [.function(7), .home, .character("x")])
    }

    @Test func aPasteIsCutAtTheBoundBetweenCharacters() {
        var decoder = KeyDecoder()
        let body = String(repeating: "中", count: PasteCollector.bytesMaximum / 3 + 1)
        let keys = decoder.feed(("\u{1B}[200~" + body + "\u{1B}[201~").utf8)
        #expect(keys == [.paste(String(repeating: "中", count: PasteCollector.bytesMaximum / 3))])
        #expect(decoder.takePasteBytesDropped() == body.utf8.count - PasteCollector.bytesMaximum)
        #expect(decoder.takePasteBytesDropped() == 0)
    }

    /// Whatever comes, the decoder ends where it began, and a key after it is that key.
    @Test func nothingTakesTheKeyboardAway() {
        var generator = SplitMix(state: 42)
        let alphabet = Array("\u{1B}\u{1B}\u{1B}[]OPM~;:0123ABIu\u{7}\\\r <?中é".utf8) + [0xFF, 0x18, 0x9B]
        for round in 0..<5000 {
            var decoder = KeyDecoder()
            let bytes = (0..<Int.random(in: 1...30, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            _ = decoder.feed(bytes)
            _ = decoder.settle()
            #expect(decoder.timeout == nil)
            #expect(decoder.feed("x".utf8) == [.character("x")], "round \(round): \(bytes)")
        }
    }
}
