import TestKit
import Testing
import Wire

@Suite struct UUIDv7Tests {
    /// Gives the same bits for ever: all zeros and all ones are what shifts and masks are tested with.
    struct Constant: RandomNumberGenerator {
        var bits: UInt64
        mutating func next() -> UInt64 { bits }
    }

    @Test(
        arguments: [
            (0, 0, "00000000-0000-7000-8000-000000000000"),
            (0, .max, "00000000-0000-7fff-bfff-ffffffffffff"),
            // RFC 9562, appendix A.6: 22 February 2022, 14:22:22 -05:00.
            (0x017F_22E2_79B0, 0, "017f22e2-79b0-7000-8000-000000000000"),
            (0xFFFF_FFFF_FFFF, 0, "ffffffff-ffff-7000-8000-000000000000"),
            // Beyond 48 bits the time wraps and nothing else changes.
            (0x1_0000_0000_0001, 0, "00000000-0001-7000-8000-000000000000"),
            (-1, .max, "ffffffff-ffff-7fff-bfff-ffffffffffff"),
        ] as [(Timestamp, UInt64, String)])
    func hasTheFormOfTheSpecification(now: Timestamp, bits: UInt64, text: String) {
        var generator = Constant(bits: bits)
        #expect(UUIDv7.make(now: now, using: &generator) == text)
        #expect(UUIDv7.timestamp(of: text) == now & 0xFFFF_FFFF_FFFF)
    }

    @Test(arguments: [
        "", "-", "017f22e2-79b0-4000-8000-000000000000", "017f22e279b070008000000000000000",
        "017f22eg-79b0-7000-8000-000000000000", "017f22e2-79b0-7000-8000-00000000000", "expired:017f22e2",
        "+17f22e2-79b0-7000-8000-000000000000",
    ])
    func noTimeOfAnotherText(_ text: String) {
        #expect(UUIDv7.timestamp(of: text) == nil)
    }

    @Test func areInOrderOfTimeAndNeverTheSame() {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 7)
        var now: Timestamp = 1_700_000_000_000
        var names: [String] = []
        for _ in 0..<2_000 {
            now += Int64(generator.int(1...1_000_000))
            names.append(UUIDv7.make(now: now, using: &generator))
        }
        #expect(names == names.sorted(), "\(seed)")
        let sameMoment = (0..<2_000).map { _ in UUIDv7.make(now: now, using: &generator) }
        #expect(Set(sameMoment).count == 2_000, "\(seed)")
    }
}

@Suite struct Base64URLTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func theVectorsOfTheSpecification(plain: String, encoded: String) {
        #expect(Base64URL.encode(plain.utf8) == encoded)
        #expect(Base64URL.decode(encoded) == Array(plain.utf8))
        let padding = String(repeating: "=", count: (4 - encoded.utf8.count % 4) % 4)
        #expect(Base64URL.decode(encoded + padding) == Array(plain.utf8), "padding is read and never written")
    }

    @Test func theAlphabetIsTheOneForHeadersAndFileNames() {
        #expect(Base64URL.encode([0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF]) == "----____")
        #expect(Base64URL.decode("----____") == [0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF])
    }

    @Test func everyBytesComeBack() {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 8)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes, "\(seed)")
        }
    }

    @Test(arguments: [
        "Z", "Zm9vY", "Zg=", "Zg===", "Z===", "=", "====", "Z=g=", "=Zg=", "Zm9v=", "Zm9v====", "Zm8==", "Zg==Zg==",
        "Zm 9v", "Zm\n9v", "Zm9v\n", "Zm.v", "Zm9*", "Zé", "+/+/", "Zh", "Zm9",
    ])
    func whatNoEncoderProducesIsRefused(text: String) { #expect(Base64URL.decode(text) == nil) }
}

@Suite struct IdentifierTests {
    @Test func namesOfTwoKindsAreInOrderOfTheirBytes() {
        let names: [SessionID] = ["b", "a", "Z", "é", "e\u{301}", "\u{212B}", "aa", ""]
        let bytes = names.map { Array($0.rawValue.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(names.sorted().map { Array($0.rawValue.utf8) } == bytes)
    }

    /// Names are opaque: two that only look alike are two rows in a database, so they are two keys here.
    @Test func namesAreTheSameOnlyByteForByte() {
        #expect(SessionID("é") != SessionID("e\u{301}"))
        #expect(Set<SessionID>(["é", "e\u{301}"]).count == 2)
        #expect(SessionID("a") == SessionID(rawValue: "a"))
        #expect("\(SessionID("a"))" == "a")
    }
}
