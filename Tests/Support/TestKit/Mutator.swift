import NIOCore
import Wire

/// Damages texts of a corpus: some as bytes, some as the JSON that they are, so that what comes is odd in one place and
/// right in all others, and gets past the first check.
public struct Mutator: Sendable {
    /// The longest text that is made, in bytes.
    public static let bytesMaximum = 64 << 10

    private let corpus: [[UInt8]]
    /// Those of the corpus that are JSON.
    private let values: [JSON]
    private var generator: SplitMix64

    /// A mutator whose texts are decided by the seed.
    ///
    /// - Precondition: The corpus has a text.
    public init(corpus: [[UInt8]], seed: UInt64) {
        precondition(!corpus.isEmpty, "there is nothing to damage")
        self.corpus = corpus
        values = corpus.compactMap { try? JSON(parsing: ByteBuffer(bytes: $0)) }
        generator = SplitMix64(seed: seed)
    }

    /// The next text: one of the corpus after some accidents. Most are short, for short ones are read often.
    public mutating func next() -> [UInt8] {
        let maximum = generator.oneIn(32) ? Mutator.bytesMaximum : Mutator.bytesMaximum / 8
        var text = corpus.pick(using: &generator)
        let isStructured = !values.isEmpty && !generator.oneIn(4)
        if isStructured {
            var json = values.pick(using: &generator)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                JSONMutator.change(&json, donor: values.pick(using: &generator), using: &generator)
            }
            text = Array(json.encoded.readableBytesView)
        }
        // One accident to the bytes of a good structure, now and then; more to what has none.
        let accidents = isStructured ? (generator.oneIn(8) ? 1 : 0) : Int.random(in: 1...4, using: &generator)
        for _ in 0..<accidents { damage(&text) }
        return text.count <= maximum ? text : corpus.pick(using: &generator)
    }

    private mutating func damage(_ text: inout [UInt8]) {
        guard !text.isEmpty else { return text = [UInt8.random(in: .min ... .max, using: &generator)] }
        let place = Int.random(in: 0..<text.count, using: &generator)
        let end = min(text.count, place + Int.random(in: 1...16, using: &generator))
        switch Int.random(in: 0...7, using: &generator) {
        case 0: text[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        case 1: text[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 2: text.insert(Array("{}[]\":,\\u0e.-\u{0}\u{1B}=;%".utf8).pick(using: &generator), at: place)
        case 3: text.removeSubrange(place..<end)
        case 4: text.insert(contentsOf: text[place..<end], at: place)
        case 5: text.removeLast(text.count - place)
        case 6: text.insert(contentsOf: Oddities.bytes.pick(using: &generator), at: place)
        default:
            let other = corpus.pick(using: &generator)
            text.replaceSubrange(place..., with: other.dropFirst(Int.random(in: 0...other.count, using: &generator)))
        }
    }
}
