/// Random numbers that come again with the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension String {
    /// Text as the worst of agents might write it.
    static func hostile(length: Int, using generator: inout some RandomNumberGenerator) -> String {
        let pieces: [String] = [
            "word ", "a", " ", "  ", "\n", "\t", "\r", "\r\n", "\u{1B}[31m", "\u{1B}]0;x", "\u{7}", "\u{1B}", "\u{9B}",
            "中", "한국", "👍🏽", "👨\u{200D}👩\u{200D}👧", "🇫🇷", "🇫", "e\u{301}\u{302}", "\u{301}", "\u{202E}", "\u{200B}",
            "\u{1100}\u{1100}\u{1161}", "क्षि", "กำ", "\u{0}", "\u{7F}", "\u{FEFF}", "❤\u{FE0F}", "1\u{FE0F}\u{20E3}",
            "longwordthatgoesonandonwithoutanyspaceatall", "\u{FFFE}", "\u{10FFFF}", "\u{E000}", "ﷺ", "\u{600}1",
        ]
        var text = ""
        for _ in 0..<length {
            if Int.random(in: 0..<8, using: &generator) == 0 {
                let value = UInt32.random(in: 0...0x1FFFF, using: &generator)
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            } else {
                text += pieces.randomElement(using: &generator) ?? ""
            }
        }
        return text
    }
}
