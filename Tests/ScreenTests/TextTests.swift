import ScreenKit
import Testing
import Wire

@testable import Screen

@Suite struct WidthTests {
    @Test(
        arguments: [
            ("a", 1), (" ", 1), ("é", 1), ("\u{301}", 0), ("中", 2), ("한", 2), ("ﾊ", 1), ("Ａ", 2), ("😀", 2), ("🫨", 2),
            ("✅", 2), ("❤", 1), ("─", 1), ("▁", 1), ("●", 1), ("\u{200D}", 0), ("\u{FE0F}", 0), ("\u{7}", 0),
            ("\u{9B}", 0),
            ("\u{1160}", 0), ("\u{1F1EB}", 1), ("\u{E000}", 1),
        ] as [(Unicode.Scalar, Int)])
    func width(scalar: Unicode.Scalar, expected: Int) {
        #expect(Screen.columns(of: scalar) == expected)
    }

    @Test func tableIsInOrder() {
        for (left, right) in zip(WidthTable.ranges, WidthTable.ranges.dropFirst()) {
            #expect(left.upperBound < right.lowerBound)
        }
    }

    /// The standard library knows which scalars are shown as emoji and which draw nothing of their own: the table
    /// must not fall behind it.
    @Test func agreesWithTheStandardLibrary() {
        for value in UInt32(0x300)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let width = Screen.columns(of: scalar)
            let isFlagPart = 0x1F1E6...0x1F1FF ~= value
            if scalar.properties.isEmojiPresentation, !isFlagPart, width != 2 {
                Issue.record("U+\(String(value, radix: 16)) is an emoji of \(width) columns")
            }
            // The marks of Kana voicing stand alone in a wide cell.
            if scalar.properties.generalCategory == .nonspacingMark, !WidthTable.isWide(value), width != 0 {
                Issue.record("U+\(String(value, radix: 16)) is a mark of \(width) columns")
            }
        }
    }
}

@Suite struct SanitizerTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("\u{1B}[31mred\u{1B}[0m", "red"),
        ("\u{1B}]0;title\u{7}after", "after"),
        ("\u{1B}]8;;http://evil\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"),
        ("\u{1B}Pq#0;2;0\u{1B}\\x", "x"),
        ("\u{9B}31mred\u{9D}title\u{9C}x", "redx"),
        ("\u{1B}(Bx\u{1B}cy\u{1B}=z", "xyz"),
        ("\u{1B}]0;never ends\nnext line", "\nnext line"),
        ("\u{1B}[31\nm", "\nm"),
        ("\u{1B}\u{1B}[1mx", "x"),
        ("a\u{0}b\u{7}c\u{8}d\u{7F}e\u{85}f", "abcde\nf"),
        ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
        ("a\u{202E}b\u{2066}c\u{200F}d\u{61C}", "abcd"),
        ("a\u{200B}b\u{FEFF}c\u{AD}d\u{2060}e\u{3164}f", "abcdef"),
        ("a\tb\tccccc\td", "a   b   ccccc   d"),
        ("中\tb", "中  b"),
        ("❤\u{FE0F} 1\u{FE0F}\u{20E3}", "❤ 1"),
        ("👍🏽 👨\u{200D}👩\u{200D}👧 x", "👍 👨 x"),
        ("👩🏽\u{200D}💻", "👩"),
        ("🏴\u{E0067}\u{E0062}\u{E007F}", "🏴"),
        ("🇫🇷", "🇫🇷"),
        ("a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}", "a\u{301}\u{302}\u{303}\u{304}"),
        ("\u{301}a", "a"),
        ("x\u{378}y", "x\u{FFFD}y"),
    ])
    func paints(hostile: String, expected: String) {
        #expect(Array(hostile.painted.unicodeScalars) == Array(expected.unicodeScalars))
    }

    /// Streaming may cut a text anywhere, also inside an escape sequence or an emoji.
    @Test func cutsDoNotMatter() {
        let text = "a\u{1B}[31mb\u{1B}]0;t\u{1B}\\c\r\nd\te👨\u{200D}👩🏽f\u{9B}1mg\u{301}"
        let scalars = Array(text.unicodeScalars)
        for cut in 0...scalars.count {
            var sanitizer = Sanitizer()
            let head = String(String.UnicodeScalarView(scalars[..<cut]))
            let tail = String(String.UnicodeScalarView(scalars[cut...]))
            #expect(sanitizer.feed(head) + sanitizer.feed(tail) == text.painted, "cut at \(cut)")
        }
    }

    @Test func whatIsPaintedHoldsNoControls() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            for scalar in String.hostile(length: 60, using: &generator).painted.unicodeScalars {
                let isControl = scalar.properties.generalCategory == .control && scalar != "\n"
                #expect(!isControl && scalar.properties.generalCategory != .format, "U+\(scalar.value)")
            }
        }
    }

    @Test func inputKeepsEmojiWhole() {
        #expect("👨\u{200D}👩 \u{1B}[31mx\ty\r\n".withoutControls == "👨\u{200D}👩 x\ty\n")
    }
}

@Suite struct WrapTests {
    @Test(arguments: [
        ("", 5, [""]),
        ("hello", 5, ["hello"]),
        ("hello world", 5, ["hello", "world"]),
        ("hello world", 8, ["hello", "world"]),
        ("hello   world", 6, ["hello", "world"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("ab abcdefgh", 4, ["ab", "abcd", "efgh"]),
        ("  indented line", 10, ["  indented", "line"]),
        ("中文字符", 5, ["中文", "字符"]),
        ("ab中文", 3, ["ab", "中", "文"]),
        ("日本 語", 4, ["日本", "語"]),
        ("e\u{301}e\u{301}e\u{301}", 2, ["e\u{301}e\u{301}", "e\u{301}"]),
        ("x 🇫🇷🇫🇷", 4, ["x 🇫🇷", "🇫🇷"]),
    ])
    func wraps(text: String, width: Int, expected: [String]) {
        #expect(text.wrapped(to: width).map { String($0) } == expected)
    }

    @Test func neverWiderAndNothingLost() {
        var generator = SeededGenerator(seed: 11)
        for round in 0..<500 {
            let text = String.hostile(length: 40, using: &generator).paintedLine
            let width = Int.random(in: 2...30, using: &generator)
            let lines = text.wrapped(to: width)
            #expect(
                lines.allSatisfy { $0.columns <= width }, "round \(round), width \(width): \(text.debugDescription)")
            let before = text.unicodeScalars.filter { $0 != " " }
            let after = lines.joined().unicodeScalars.filter { $0 != " " }
            #expect(Array(before) == Array(after), "round \(round)")
        }
    }

    /// One cluster of any length must not cost the square of it.
    @Test func anEndlessClusterIsBroken() {
        let text = String(repeating: "\u{1100}", count: 200_000)
        let lines = text.wrapped(to: 80)
        #expect(lines.count == 5_000 && lines.allSatisfy { $0.columns == 80 })
    }

    @Test(arguments: [("hello", 5, "hello"), ("hello", 4, "hel…"), ("中文字", 5, "中文…"), ("中文", 2, "…"), ("hello", 0, "")])
    func clips(text: String, width: Int, expected: String) {
        #expect(text.clipped(to: width, mark: "…") == expected)
    }
}

@Suite struct TimeTextTests {
    @Test func clock() {
        #expect(TimeText.clock(0, TimeZoneTable()) == "00:00")
        #expect(TimeText.clock(-60_000, TimeZoneTable()) == "23:59")
        #expect(TimeText.clock(Fixture.half, TimeZoneTable(offset: 3600)) == "18:30")
        #expect(TimeText.clock(.min, TimeZoneTable(offset: -50_000)).utf8.count == 5)
        #expect(TimeText.clock(.max, TimeZoneTable(offset: 50_000)).utf8.count == 5)
    }

    @Test(
        arguments: [
            (0, "1 January 1970"), (-1, "31 December 1969"), (11_016, "29 February 2000"), (20_779, "22 November 2026"),
            (47_540, "28 February 2100"), (47_541, "1 March 2100"),
        ] as [(Int64, String)])
    func date(day: Int64, expected: String) {
        #expect(TimeText.date(day: day) == expected)
    }

    @Test func durations() {
        #expect(TimeText.took(milliseconds: 140) == "0.1s")
        #expect(TimeText.took(milliseconds: 67_000) == "1:07")
        #expect(TimeText.running(seconds: 3_727) == "1:02:07")
        #expect(TimeText.away(seconds: 14) == "00:14")
        #expect(TimeText.latency(.microseconds(999)) == "<1ms" && TimeText.latency(.zero) == "0ms")
        #expect(TimeText.latency(.milliseconds(212)) == "212ms")
        #expect(TimeText.latency(.milliseconds(1_450)) == "1.4s")
        #expect(TimeText.latency(.seconds(12)) == "12s")
    }
}
