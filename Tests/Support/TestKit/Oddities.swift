import Wire

/// What readers have stumbled over: numbers at the ends of ranges, names that end early, bytes that are no text.
enum Oddities {
    static let numbers: [JSON] = [
        .integer(.min), .integer(.max), .integer(.min + 1), .integer(.max - 1), .integer(-(1 << 53)),
        .integer(1 << 53), .integer(1 << 53 - 1), .integer(1 << 53 + 1), .integer(1 << 62), .integer(-(1 << 62)),
        .integer(1 << 31), .integer(-(1 << 31) - 1), .integer(1 << 32), .integer(-1), 0, 1, 2, 3, 1000, 1001, 65_536,
        .integer(.max / 1_000), .integer(.max / 1_000_000), .number(1e308), .number(-1e308), .number(0.5),
        .number(-0.0), .number(9_223_372_036_854_775_808), .number(.leastNonzeroMagnitude),
    ]

    static let strings: [String] = [
        "", "\0", "a\0b", "\u{1B}]0;title\u{7}", "\u{1B}[2J", "\u{9B}31m", "\u{202E}gnp", "caf\u{E9}", "cafe\u{301}",
        "\u{FEFF}", "\u{10FFFF}", "\r\n", "$(true)", "../../etc", "%s%n", "9223372036854775807", "-9223372036854775808",
        "retry_after_ms=9223372036854775807", String(repeating: "a", count: 129),
        String(repeating: "\u{301}", count: 999),
    ]

    static let bytes: [[UInt8]] =
        strings.map { Array($0.utf8) } + [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], Array("1e999".utf8),
            Array("99999999999999999999".utf8), Array("\\ud800".utf8), Array("\\u0000".utf8),
            Array(repeating: UInt8(ascii: "["), count: 100), Array(repeating: 0xFF, count: 8),
            [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80],
        ]
}
