import Screen
import TestKit
import Testing

@testable import Terminal

/// Bytes that no terminal sends: they become keys that can be drawn, or nothing, and never take the keyboard away.
@Suite struct OddBytesTests {
    static let corpus = [
        "hello wörld 中文 🙂", "\u{1B}[A\u{1B}OB\u{1B}[1;5C", "\u{1B}[200~a paste\r\nof lines\u{1B}[201~", "\u{1B}[M !!x",
        "\u{1B}]11;rgb:0000/0000/0000\u{7}y", "\u{1B}P1$r0m\u{1B}\\z", "\u{1B}[<0;12;7M",
        "\u{1B}é\u{1B}\u{1B}[I\u{1B}[O",
        "\r\t\u{7F}\u{8}\u{0}\u{1F}", "\u{1B}[99999999999999999999~", "\u{1B}[1;-9223372036854775808A",
        "e\u{301}\u{301}\u{200D}",
    ]

    @Test func keysCanBeDrawnAndTheKeyboardComesBack() {
        var generator = TestSeed.current.generator(lane: 20)
        var mutator = Mutator(corpus: Self.corpus.map { Array($0.utf8) }, seed: generator.next())
        for _ in 0..<3_000 {
            let bytes = mutator.next()
            var decoder = KeyDecoder()
            var (rest, keys) = (bytes[...], [Key]())
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...32, using: &generator))
                keys += decoder.feed(piece)
                rest = rest.dropFirst(piece.count)
            }
            keys += decoder.settle()
            for case .character(let character) in keys {
                let isControl = character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
                #expect(!isControl, "\(TestSeed.current): \(bytes)")
            }
            #expect(decoder.timeout == nil, "\(TestSeed.current): \(bytes)")
            #expect(decoder.feed([UInt8(ascii: "x")]) == [.character("x")], "\(TestSeed.current): \(bytes)")
        }
    }
}
