extension String {
    /// The text quoted as one word of a POSIX shell, for command lines that are offered for copying: pasted, it is
    /// exactly this argument, whatever the text contains.
    ///
    /// Within single quotes every character but the single quote is literal (POSIX.1-2024, XCU 2.2.2), so that one is
    /// written outside of them. A word that needs no quotes gets none, to be readable. One that begins with a dash gets
    /// them as a hint, although a program still takes it for an option.
    public var shellWord: String {
        guard utf8.isEmpty || utf8.first == UInt8(ascii: "-") || !utf8.allSatisfy(String.isPlain) else { return self }
        var word = String.UnicodeScalarView("'".unicodeScalars)
        // Scalar by scalar: a combining accent behind a quote makes another Character, but to a shell it is still a
        // quote.
        for scalar in unicodeScalars {
            if scalar == "'" { word.append(contentsOf: #"'\''"#.unicodeScalars) } else { word.append(scalar) }
        }
        word.append("'")
        return String(word)
    }

    /// Whether the byte is literal anywhere in a word.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "%"),
            UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "."),
            UInt8(ascii: "/"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
