/// A text in lower case, in bytes, for searching through many of them.
struct FoldedText: Hashable, Sendable {
    /// The most bytes of a text that are searched.
    static let bytesMaximum = 64 << 10

    private let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.lowercased().utf8.prefix(FoldedText.bytesMaximum))
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
