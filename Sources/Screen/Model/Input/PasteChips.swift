/// Long pastes in the input: each is one character there, shown as `[paste #1: 42 lines]`, and sent whole.
///
/// The characters are noncharacters of Unicode (U+FDD0 and the 31 behind it), which are meant for use within a program;
/// in text that is typed or pasted they are replaced.
struct PasteChips: Hashable, Sendable {
    /// A paste of at least so many lines is a chip.
    static let linesMinimum = 10
    /// A paste of at least so many bytes is a chip.
    static let bytesMinimum = 2_000
    /// The most chips in one input; a paste behind the last one is inserted as text.
    static let maximum = 32

    private static let first: UInt32 = 0xFDD0

    /// The pasted texts; the number of a chip is its index plus one.
    private var texts: [String] = []

    /// Whether a paste is long enough to be a chip.
    static func isLong(_ text: String) -> Bool {
        text.utf8.count >= bytesMinimum || text.utf8.count { $0 == UInt8(ascii: "\n") } + 1 >= linesMinimum
    }

    /// The text without characters that could be taken for a chip.
    static func cleaned(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isChip) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isChip($0) ? "\u{FFFD}" : $0 }))
    }

    private static func isChip(_ scalar: Unicode.Scalar) -> Bool {
        (first..<first + UInt32(maximum)).contains(scalar.value)
    }

    /// Keeps a paste.
    ///
    /// - Returns: Its character; `nil` when there are too many already.
    mutating func add(_ text: String) -> Character? {
        guard texts.count < PasteChips.maximum else { return nil }
        texts.append(text)
        return Unicode.Scalar(PasteChips.first + UInt32(texts.count - 1)).map { Character($0) }
    }

    /// The pasted text of a character; `nil` when it is none of a chip.
    func text(of character: Character) -> String? { index(of: character).map { texts[$0] } }

    /// What is shown for a character of a chip; `nil` for any other.
    func label(of character: Character) -> String? {
        guard let index = index(of: character) else { return nil }
        let newlines = texts[index].utf8.count { $0 == UInt8(ascii: "\n") }
        let lines = newlines + (texts[index].hasSuffix("\n") ? 0 : 1)
        let size = lines > 1 ? "\(lines) lines" : "\(texts[index].utf8.count) bytes"
        return "[paste #\(index + 1): \(size)]"
    }

    private func index(of character: Character) -> Int? {
        guard !texts.isEmpty, let scalar = character.unicodeScalars.first, PasteChips.isChip(scalar) else { return nil }
        let index = Int(scalar.value - PasteChips.first)
        return texts.indices.contains(index) ? index : nil
    }
}
