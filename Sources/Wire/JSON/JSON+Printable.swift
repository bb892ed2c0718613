extension JSON {
    /// The value as one line of JSON text that is safe to print on a terminal: what ``ControlFilter`` would remove is
    /// escaped instead, so that a program still reads the same value.
    ///
    /// Such characters occur only in strings, where `\u` is equivalent.
    public var printable: String {
        let text = text
        guard text.utf8.contains(where: { $0 >= 0x7F }) else { return text }
        var printable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard JSON.isMisleading(scalar) else {
                printable.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let hex = String(unit, radix: 16)
                printable.append(
                    contentsOf: ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).unicodeScalars)
            }
        }
        return String(printable)
    }

    /// Whether a terminal would interpret the scalar, or show nothing for it.
    private static func isMisleading(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7F: false
        // The two joiners (ZWNJ, ZWJ) are needed in words and emoji.
        case 0x200C, 0x200D: false
        case 0x7F...0x9F: true
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }
}
