import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite struct JSONRoundTripTests {
    @Test func randomValuesComeBackByteForByte() throws {
        let seed = TestSeed.current
        var generator = seed.generator()
        for _ in 0..<5_000 {
            let value = generator.json()
            let parsed = try JSON(parsing: value.encoded)
            // `==` on strings takes canonically equivalent ones for equal, so the bytes are compared as well.
            #expect(parsed == value, "\(seed)")
            #expect(parsed.encoded == value.encoded, "\(seed)")
        }
    }

    @Test func whiteSpaceBetweenTokensSaysNothing() throws {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 1)
        let tokens = ["[", "{", "\"a\"", ":", "1", ",", "\"b\"", ":", "null", "}", ",", "-2.5e3", ",", "\" \"", "]"]
        let expected: JSON = [["a": 1, "b": .null], -2500.0, " "]
        for _ in 0..<200 {
            var text = ""
            for token in tokens + [""] {
                for _ in 0..<generator.int(0...2) { text += [" ", "\t", "\n", "\r"].pick(using: &generator) }
                text += token
            }
            #expect(try JSON(parsing: text) == expected, "\(seed)")
        }
    }

    @Test func aValueInTheMiddleOfABufferIsReadFromItsReaderIndex() throws {
        var buffer = ByteBuffer(string: "xx[1,")
        buffer.moveReaderIndex(forwardBy: 2)
        let error = try #require(thrownError(JSONError.self) { try JSON(parsing: buffer) })
        #expect(error == JSONError(reason: .unexpectedEnd, offset: 3))
        #expect(error.description == "invalid JSON at byte 3: the text ends inside a value")
    }

    @Test(arguments: [
        (JSON.string("\u{2028}\u{2029}"), #""\u2028\u2029""#),
        (.string("\u{2027}\u{202A}"), "\"\u{2027}\u{202A}\""),
        (.string("\"\\/\n\r\t\u{8}\u{C}\u{0}\u{1F}\u{7F}"), #""\"\\/\n\r\t\u0008\u000c\u0000\u001f\u007f""#),
        (.string("é🧗"), "\"é🧗\""),
        (.number(.infinity), "null"), (.number(-.infinity), "null"), (.number(.nan), "null"),
        (.number(1), "1.0"), (.number(1e21), "1e+21"), (.integer(.min), "-9223372036854775808"),
        (.array([]), "[]"), (.object([]), "{}"),
        (.object([.init("a", 1), .init("a", 2), .init("", .array([.null, true]))]), #"{"a":1,"a":2,"":[null,true]}"#),
    ])
    func isWrittenAs(value: JSON, text: String) { #expect(value.text == text) }

    @Test func accessorsGiveNothingForOtherKinds() {
        let values: [JSON] = [.null, true, 1, 1.5, "s", [1], ["k": 1]]
        #expect(values.map { $0.bool } == [nil, true, nil, nil, nil, nil, nil])
        #expect(values.map { $0.integer(in: .count) } == [nil, nil, 1, nil, nil, nil, nil])
        #expect(values.map { $0.string } == [nil, nil, nil, nil, "s", nil, nil])
        #expect(values.map { $0.array } == [nil, nil, nil, nil, nil, [1], nil])
        #expect(values.map { $0.members } == [nil, nil, nil, nil, nil, nil, [.init("k", 1)]])
        #expect(values.map { $0["k"] } == [nil, nil, nil, nil, nil, nil, 1])
        #expect(JSON.number(3).integer(in: .count) == 3)
        #expect(JSON.number(1e300).integer(in: .count) == nil)
        #expect(JSON.object([.init("a", 1), .init("a", 2)])["a"] == 1)
        #expect(JSON.object(of: ["a": 1, "b": nil, "c": .null]) == ["a": 1, "c": .null])
    }
}
