extension String {
    /// The text as one word of a POSIX shell, for a command line that is offered for copying: whoever pastes it runs
    /// that command with that argument, whatever the text holds.
    ///
    /// Single quotes take everything as it is but themselves (POSIX.1-2024, XCU 2.2.2), so one of those is written
    /// outside of them. A word that needs no quotes gets none, for it is read by people; one that begins with a dash
    /// gets them to be noticed, though no quotes keep a program from taking it for an option.
    public var shellWord: String {
        guard utf8.isEmpty || utf8.first == UInt8(ascii: "-") || !utf8.allSatisfy(String.isPlain) else { return self }
        var word = String.UnicodeScalarView("'".unicodeScalars)
        // Scalar by scalar: to a shell a quote is one whatever accent follows it.
        for scalar in unicodeScalars {
            if scalar == "'" { word.append(contentsOf: #"'\''"#.unicodeScalars) } else { word.append(scalar) }
        }
        word.append("'")
        return String(word)
    }

    /// What means itself wherever it stands in a word.
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
