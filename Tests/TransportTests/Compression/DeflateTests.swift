import NIOCore
import TestKit
import Testing

@testable import Transport

/// Messages as RFC 7692 §7.2 compresses and inflates them.
@Suite struct DeflateTests {
    private static let bound = 1 << 20

    /// Inflates messages, each given as its fragments.
    private func inflate(
        _ messages: [[[UInt8]]], keepsContext: Bool = true, windowBits: Int = 15, atMost bound: Int = Self.bound
    ) throws(Inflater.Failure) -> [[UInt8]] {
        var inflater = MessageInflater(windowBits: windowBits, keepsContext: keepsContext)
        var texts: [[UInt8]] = []
        for fragments in messages {
            var text: [UInt8] = []
            for (number, fragment) in fragments.enumerated() {
                let part = try inflater.inflate(
                    ByteBuffer(bytes: fragment), isLast: number == fragments.count - 1, atMost: bound)
                text += part.readableBytesView
            }
            #expect(inflater.isHolding == keepsContext, "it is there as long as it is needed")
            texts.append(text)
        }
        return texts
    }

    private static let hello = Array("Hello".utf8)

    /// The examples of RFC 7692 §7.2.3, each a sequence of messages.
    static let examples: [(name: String, messages: [[UInt8]], texts: [[UInt8]])] = [
        ("a message", [[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]], [hello]),
        (
            "one that refers to the one before",
            [[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], [0xF2, 0x00, 0x11, 0x00, 0x00]], [hello, hello]
        ),
        ("a block that is stored", [[0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]], [hello]),
        ("a block with BFINAL", [[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]], [hello]),
        (
            "two blocks",
            [[0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]], [hello]
        ),
        ("an empty message", [[0x00]], [[]]),
        // Not in the RFC.
        (
            "one behind a block with BFINAL that refers to it",
            [[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], [0xF2, 0x00, 0x11, 0x00, 0x00]], [hello, hello]
        ),
        (
            "a stream that ends within a message, and the next one in it",
            [[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]], [hello + hello]
        ),
        // Senders that finish a stream for each message forget the octet that §7.2.3.4 has at its end.
        (
            "a block with BFINAL and nothing behind it",
            [[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], [0xF2, 0x00, 0x11, 0x00, 0x00], [0x00]], [hello, hello, []]
        ),
    ]

    @Test(arguments: examples.indices)
    func theExamplesAreUnderstoodHoweverTheyAreCut(_ index: Int) throws {
        let (name, messages, texts) = Self.examples[index]
        #expect(try inflate(messages.map { [$0] }) == texts, "\(name)")
        #expect(try inflate(messages.map { $0.map { [$0] } }) == texts, "\(name), byte by byte")
        let last = try #require(messages.last)
        for place in 0...last.count {
            let cut = messages.dropLast().map { [$0] } + [[Array(last[..<place]), Array(last[place...])]]
            #expect(try inflate(cut) == texts, "\(name), cut behind byte \(place)")
        }
    }

    @Test func whatIsDeflatedIsInflatedAgain() throws {
        var generator = TestSeed.current.generator(lane: 21)
        for windowBits in 9...15 {
            let deflater = try #require(Deflater(windowBits: windowBits))
            var texts: [[UInt8]] = []
            for _ in 0..<40 {
                // Some repeat an earlier one, some are noise, some are longer than the window.
                let length =
                    Int.random(in: 0...3, using: &generator) == 0 ? 0 : Int.random(in: 1...9_000, using: &generator)
                let noise = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
                texts.append(texts.isEmpty || generator.oneIn(2) ? noise : texts.pick(using: &generator))
            }
            let payloads = texts.map { [Array(deflater.deflate(ByteBuffer(bytes: $0)).readableBytesView)] }
            #expect(payloads.allSatisfy { !$0[0].isEmpty }, "RFC 7692 §7.2.3.6: not even for an empty message")
            #expect(try inflate(payloads, windowBits: windowBits) == texts, "\(TestSeed.current), 2^\(windowBits)")
        }
    }

    @Test func emptyMessagesInARowAreMessages() throws {
        let deflater = try #require(Deflater())
        let texts: [[UInt8]] = [[], [], Self.hello, [], [], Self.hello]
        let payloads = texts.map { [Array(deflater.deflate(ByteBuffer(bytes: $0)).readableBytesView)] }
        #expect(try inflate(payloads) == texts)
    }

    // MARK: - The context

    @Test func aReceiverThatForgetsIsOutOfStep() throws {
        let deflater = try #require(Deflater())
        let text = Array("{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":{\"n\":17}}".utf8)
        let payloads = (0..<2).map { _ in Array(deflater.deflate(ByteBuffer(bytes: text)).readableBytesView) }
        #expect(payloads[1].count < 12, "it is all a reference to the first")
        #expect(try inflate(payloads.map { [$0] }) == [text, text])
        #expect(throws: Inflater.Failure.corrupt) { try inflate(payloads.map { [$0] }, keepsContext: false) }
        #expect(throws: Inflater.Failure.corrupt) { try inflate([[payloads[1]]]) }
    }

    @Test func aSenderThatForgetsStaysInStep() throws {
        let text = Array("{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":{\"n\":17}}".utf8)
        var payloads: [[[UInt8]]] = []
        for _ in 0..<3 {
            let deflater = try #require(Deflater())
            for _ in 0..<2 { payloads.append([Array(deflater.deflate(ByteBuffer(bytes: text)).readableBytesView)]) }
        }
        #expect(try inflate(payloads) == Array(repeating: text, count: 6))
        let deflater = try #require(Deflater())
        let alone = (0..<2).map { _ in
            deflater.reset()
            return [Array(deflater.deflate(ByteBuffer(bytes: text)).readableBytesView)]
        }
        #expect(try inflate(alone, keepsContext: false) == [text, text])
    }

    // MARK: - Bounds

    /// A stream that ends costs a copy of the window, and takes two bytes.
    @Test(arguments: [1, 2, 1_000])
    func streamsOfOneMessageAreBounded(cut: Int) throws {
        let bound = Inflater.streamsMaximum
        func message(_ streams: Int) -> [[UInt8]] {
            let bytes = Array(repeatElement([0x03, 0x00] as [UInt8], count: streams).joined())
            return stride(from: 0, to: bytes.count, by: cut).map { Array(bytes[$0..<min($0 + cut, bytes.count)]) }
        }
        #expect(try inflate([message(bound), message(bound), message(1)]) == [[], [], []], "each message has its own")
        #expect(throws: Inflater.Failure.corrupt) { try inflate([message(bound + 1)]) }
    }

    @Test func aMessageMayBeAsLongAsTheBoundAndNotAByteLonger() throws {
        // One byte past the bound zlib may have consumed the whole input already, and holds the byte.
        for bound in [1, 2, 257, 258, 259, 1_023, 1_024, 1_025, 4_096, 65_536] {
            for excess in 1...3 {
                let payload = try deflated([UInt8](repeating: 0x20, count: bound))
                #expect(try inflate([[payload]], atMost: bound) == [[UInt8](repeating: 0x20, count: bound)])
                let longer = try deflated([UInt8](repeating: 0x20, count: bound + excess))
                #expect(throws: Inflater.Failure.tooBig, "\(excess) more than \(bound)") {
                    try inflate([[longer]], atMost: bound)
                }
                #expect(throws: Inflater.Failure.tooBig, "\(excess) more than \(bound), byte by byte") {
                    try inflate([longer.map { [$0] }], atMost: bound)
                }
            }
        }
    }

    @Test func aBombIsNotInflatedBeyondTheBound() throws {
        let bomb = try deflated([UInt8](repeating: 0x20, count: 64 << 20))
        #expect(bomb.count < 128 << 10)
        let inflater = try #require(Inflater(windowBits: 15))
        #expect(throws: Inflater.Failure.tooBig) { try inflater.inflate(ByteBuffer(bytes: bomb), atMost: 4_096) }
        // Cut into fragments each of which is small enough: the sum counts.
        var message = MessageInflater(keepsContext: false)
        var inflated = 0
        let failure = #expect(throws: Inflater.Failure.self) {
            for byte in bomb {
                inflated += try message.inflate(ByteBuffer(bytes: [byte]), isLast: false, atMost: 4_096).readableBytes
            }
        }
        #expect(failure == .tooBig)
        #expect(inflated <= 4_096)
    }

    // MARK: - What is no message

    @Test(
        arguments: [
            ("nothing at all", [[]]), ("a reserved block", [[0x06]]),
            ("a reserved block behind an empty one", [[0x02, 0x0C]]),
            ("a reference to before the beginning", [[0xF2, 0x00, 0x11, 0x00, 0x00]]),
            ("lengths that differ", [[0x00, 0x05, 0x00, 0x00, 0x00, 0x48]]),
            ("half a message", [[0xF2, 0x48, 0xCD]]),
            ("half a stored block", [[0x00, 0x09, 0x00, 0xF6, 0xFF, 0x48, 0x65, 0x6C]]),
            ("a stored block that ends in the tail", [[0x00, 0x07, 0x00, 0xF8, 0xFF, 0x48, 0x65, 0x6C]]),
            ("a last block that ends in the tail", [[0x01, 0x07, 0x00, 0xF8, 0xFF, 0x48, 0x65, 0x6C]]),
            ("the tail twice", [[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0x00, 0xFF, 0xFF]]),
        ] as [(String, [[UInt8]])])
    func whatIsNoMessageIsCorrupt(name: String, fragments: [[UInt8]]) {
        #expect(throws: Inflater.Failure.corrupt, "\(name)") { try inflate([fragments]) }
        #expect(throws: Inflater.Failure.corrupt, "\(name), byte by byte") {
            try inflate([fragments[0].map { [$0] } + [[]]])
        }
    }

    @Test func damagedMessagesAreInflatedWithinTheBoundOrCorrupt() throws {
        var generator = TestSeed.current.generator(lane: 22)
        let texts = ["{\"jsonrpc\":\"2.0\",\"id\":1}", String(repeating: "0123456789abcdef", count: 512), "x"]
        var mutator = Mutator(
            corpus: try texts.map { try deflated($0.utf8) } + Self.examples.flatMap(\.messages), seed: generator.next())
        for _ in 0..<OddBytesTests.runs {
            let payload = mutator.next()
            let place = Int.random(in: 0...payload.count, using: &generator)
            let whole = Result { () throws(Inflater.Failure) in try inflate([[payload]], atMost: 16_384) }
            let cut = Result { () throws(Inflater.Failure) in
                try inflate([[Array(payload[..<place]), Array(payload[place...])]], atMost: 16_384)
            }
            #expect(whole == cut, "\(TestSeed.current): \(payload) cut behind byte \(place)")
            if case .success(let texts) = whole { #expect(texts[0].count <= 16_384, "\(TestSeed.current)") }
        }
    }
}
