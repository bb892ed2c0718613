/// A text in lower case, in bytes, for searching through many of them.
struct FoldedText: Hashable, Sendable {
    /// The most bytes of a text that are searched.
    static let bytesMaximum = 64 << 10

    private let bytes: [UInt8]

    init(_ text: String) {
        // Most are ASCII, for which the tables of Unicode are not needed.
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let folded = isASCII ? text : text.lowercased()
        bytes = folded.utf8.prefix(FoldedText.bytesMaximum).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Whether the text has another one in it.
    func contains(_ word: FoldedText) -> Bool {
        guard let first = word.bytes.first else { return true }
        guard bytes.count >= word.bytes.count else { return false }
        for start in 0...bytes.count - word.bytes.count where bytes[start] == first {
            if bytes[start..<start + word.bytes.count].elementsEqual(word.bytes) { return true }
        }
        return false
    }
}
