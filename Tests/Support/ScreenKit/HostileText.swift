extension String {
    /// Text as the worst of agents might write it.
    public static func hostile(length: Int, using generator: inout some RandomNumberGenerator) -> String {
        var text = ""
        for _ in 0..<length {
            if Int.random(in: 0..<8, using: &generator) == 0 {
                let value = UInt32.random(in: 0...0x1FFFF, using: &generator)
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            } else {
                text += hostilePieces.randomElement(using: &generator) ?? ""
            }
        }
        return text
    }

    private static let hostilePieces: [String] = controls + clusters + words

    private static let words = [
        "word ", "a", " ", "  ", "\n", "longwordthatgoesonandonwithoutanyspaceatall", "2026-11-29", "`code`",
        "**bold**",
        "[a link](https://example.com/a?b=c)", "https://example.com/", "|", "- ", "# ", "\n\n", "```\n", "> ",
    ]

    /// What acts on a terminal or on the direction of the text.
    private static let controls = [
        "\t", "\r", "\r\n", "\u{1B}[31m", "\u{1B}]0;x", "\u{7}", "\u{1B}", "\u{9B}", "\u{0}", "\u{7F}", "\u{85}",
        "\u{2028}", "\u{202E}", "\u{2066}", "\u{200B}", "\u{200F}", "\u{FEFF}", "\u{1B}[2J", "\u{E}", "\u{8}",
    ]

    /// What terminals count differently, and where a cluster is more or less than a cell.
    private static let clusters = [
        "中", "한국", "👍🏽", "👨\u{200D}👩\u{200D}👧", "🇫🇷", "🇫", "e\u{301}\u{302}", "\u{301}", "\u{1100}\u{1100}\u{1161}",
        "क्षि", "กำ", "❤\u{FE0F}", "1\u{FE0F}\u{20E3}", "\u{FFFE}", "\u{10FFFF}", "\u{E000}", "ﷺ", "\u{600}1", "\u{110BD}2",
        "x" + String(repeating: "\u{301}", count: 100), "中" + String(repeating: "\u{20DD}", count: 9), "🫨",
        "🏴\u{E0067}\u{E007F}",
        "שלום", "مرحبا", "\u{3000}", "\u{AD}", "ａ", "\u{1F3FB}", "\u{378}", "𝔘", "\u{115F}", "\u{D7B0}",
        "\u{300}\u{300}中",
    ]
}
