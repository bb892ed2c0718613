import Foundation

/// Makes one of all spellings of a word, for the index, the question and the ranking alike: of full and half width, of
/// composed and decomposed characters, of upper and lower case, with and without accents, vowel points and invisible
/// characters. What is quoted is never folded.
enum Folding {
    /// The text with one form of each character (NFKD without most marks, then NFC), the same number of line feeds, and
    /// the case of letters kept where the index's tokenizer folds it: it shows where the parts of identifiers begin.
    static func text(_ text: some StringProtocol) -> String {
        guard !isASCII(text) else { return String(text) }
        var scalars = String.UnicodeScalarView()
        for scalar in String(text).decomposedStringWithCompatibilityMapping.unicodeScalars where !isDropped(scalar) {
            if scalar.isASCII || hasCase(scalar) {
                scalars.append(scalar)
            } else {
                scalars.append(contentsOf: folded(scalar).unicodeScalars)
            }
        }
        return String(scalars).precomposedStringWithCanonicalMapping
    }

    /// A word for comparison: as ``text(_:)``, and with the case folded.
    static func word(_ word: some StringProtocol) -> String { lowered(text(word)) }

    /// Folds the case of what is of one form already.
    static func lowered(_ text: some StringProtocol) -> String {
        guard !isASCII(text) else { return text.lowercased() }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(contentsOf: folded(scalar).unicodeScalars) }
        return String(scalars)
    }

    private static func isASCII(_ text: some StringProtocol) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }

    /// Full case folding, which is the lower case of the upper case of the lower case: `ß` and `ẞ` become `ss`, `ς`
    /// becomes `σ`. The lower case of Cherokee is newer than the index's tokenizer, so its upper case is used, as in Unicode's own table.
    private static func folded(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x13A0...0x13FD, 0xAB70...0xABBF: return scalar.properties.uppercaseMapping
        default:
            return scalar.properties.lowercaseMapping.unicodeScalars.map(\.properties.uppercaseMapping).joined()
                .unicodeScalars.map(\.properties.lowercaseMapping).joined()
        }
    }

    /// Whether it is an upper-case letter of Unicode 6.1, which is the version of the tokenizer, with one lower-case
    /// letter.
    private static func hasCase(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        guard properties.isUppercase, let age = properties.age, (age.major, age.minor) <= (6, 1) else { return false }
        return properties.lowercaseMapping.unicodeScalars.count == 1 && folded(scalar) == properties.lowercaseMapping
    }

    /// Whether a character does not count: marks, invisible characters, and the tatweel, which only stretches a word.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else { return false }
        let properties = scalar.properties
        if properties.isDefaultIgnorableCodePoint || scalar.value == 0x0640 { return true }
        switch properties.generalCategory {
        case .enclosingMark: return true
        // The nukta has a class of its own. It is often left out where it belongs.
        case .nonspacingMark: return properties.canonicalCombiningClass.rawValue == 7 || !spells(scalar)
        default: return false
        }
    }

    /// Whether a nonspacing mark is as good as a letter: the vowels of Thaana, of the scripts of India and of South-East
    /// Asia, and the voiced sounds of kana.
    private static func spells(_ mark: Unicode.Scalar) -> Bool {
        switch mark.value {
        case 0x0780...0x07BF, 0x0900...0x1AAF, 0x1B00...0x1CCF, 0x3099...0x309A, 0xA800...0xABFF, 0x11000...0x1FFFF:
            true
        default: false
        }
    }
}
