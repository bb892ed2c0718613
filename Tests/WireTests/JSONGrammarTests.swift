import NIOCore
import Testing

@testable import Wire

/// What RFC 8259 allows, and for what it does not the reason and the byte.
@Suite struct JSONGrammarTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" \t\r\n true ", true), ("false", false),
            ("0", 0), ("-0", 0), ("-1", -1), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-9223372036854775809", .number(-0x1p63)),
            ("1.0", .number(1)), ("-0.0", .number(-0.0)), ("1e2", .number(100)), ("1E+2", .number(100)),
            ("25e-2", .number(0.25)), ("1e-400", .number(0)), ("0e0", .number(0)),
            ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("5e-324", .number(.leastNonzeroMagnitude)),
            ("\"\"", ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u00E9""#, "éé"),
            (#""\u0000""#, "\u{0}"), (#""\ud83e\uddd7""#, "🧗"), (#""a\uD83E\uDDD7b""#, "a🧗b"),
            ("\"\u{2028}\u{7F}\"", "\u{2028}\u{7F}"),
            (#""\uFFFE\ue000""#, .string(String(decoding: [0xFFFE, 0xE000] as [UInt16], as: UTF16.self))),
            ("[]", []), ("[ ]", []), ("{}", [:]), ("{ }", [:]), ("[[],{}]", [[], [:]]),
            (#"{"":{"a":[1]}}"#, ["": ["a": [1]]]),
        ] as [(String, JSON)])
    func isAccepted(text: String, value: JSON) throws { #expect(try JSON(parsing: text) == value) }

    /// Half a surrogate pair is what an encoder leaves that cuts a string at a fixed length: the rest is still worth
    /// having.
    @Test(arguments: [
        (#""\ud83e""#, "\u{FFFD}"), (#""\udd17""#, "\u{FFFD}"), (#""\ud83ex""#, "\u{FFFD}x"),
        (#""\ud83e\n""#, "\u{FFFD}\n"), (#""\ud83e\u0041""#, "\u{FFFD}A"), (#""\udd17\ud83e""#, "\u{FFFD}\u{FFFD}"),
        (#""\ud83e\ud83e\uddd7""#, "\u{FFFD}🧗"),
    ])
    func halfAPairBecomesTheReplacementCharacter(text: String, value: String) throws {
        #expect(try JSON(parsing: text) == .string(value))
    }

    @Test(arguments: [
        ("", JSONError.Reason.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("nul", .unexpectedEnd, 3),
        ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3), ("{", .unexpectedEnd, 1), ("{\"a\"", .unexpectedEnd, 4),
        ("{\"a\":", .unexpectedEnd, 5), ("{\"a\":1", .unexpectedEnd, 6), ("{\"a\":1,", .unexpectedEnd, 7),
        ("-", .unexpectedEnd, 1), ("1.", .unexpectedEnd, 2), ("1e", .unexpectedEnd, 2), ("1e+", .unexpectedEnd, 3),
        ("\"", .unexpectedEnd, 1), ("\"a", .unexpectedEnd, 2), (#""\"#, .unexpectedEnd, 2),
        (#""\""#, .unexpectedEnd, 3), (#""\u00"#, .unexpectedEnd, 5), (#""\ud83e\u"#, .unexpectedEnd, 9),

        ("nulx", .unexpectedByte, 3), ("True", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0),
        ("Infinity", .unexpectedByte, 0), ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0),
        ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
        ("[1}", .unexpectedByte, 2), ("]", .unexpectedByte, 0), ("{\"a\"}", .unexpectedByte, 4),
        ("{\"a\":}", .unexpectedByte, 5), ("{\"a\":1,}", .unexpectedByte, 7), ("{\"a\":1]", .unexpectedByte, 6),
        ("{\"a\" 1}", .unexpectedByte, 5), ("{,}", .unexpectedByte, 1), ("{a:1}", .unexpectedByte, 1),
        ("{1:1}", .unexpectedByte, 1), ("'a'", .unexpectedByte, 0), ("// a", .unexpectedByte, 0),
        ("\u{FEFF}1", .unexpectedByte, 0), ("\u{A0}1", .unexpectedByte, 0), ("\u{C}1", .unexpectedByte, 0),
        ("\"a\nb\"", .unexpectedByte, 2), ("\"\t\"", .unexpectedByte, 1), ("\"\\n\u{0}\"", .unexpectedByte, 3),

        ("nullx", .trailingBytes, 4), ("1 1", .trailingBytes, 2), ("[1] []", .trailingBytes, 4),
        ("null\u{0}", .trailingBytes, 4), ("0x1", .trailingBytes, 1), ("1.5.2", .trailingBytes, 3),
        ("{}}", .trailingBytes, 2), ("\"\"\"", .trailingBytes, 2),

        ("01", .badNumber, 1), ("-01", .badNumber, 2), ("00", .badNumber, 1), ("-a", .badNumber, 1),
        ("-Infinity", .badNumber, 1), ("1.e1", .badNumber, 2), ("1e.1", .badNumber, 2), ("1e+-1", .badNumber, 3),
        ("1e400", .badNumber, 0), ("[-1e309]", .badNumber, 1),

        (#""\x""#, .badEscape, 2), (#""a\'b""#, .badEscape, 3), (#""\u12""#, .badEscape, 5),
        (#""\u12g4""#, .badEscape, 5), (#""\u 123""#, .badEscape, 3), (#""\U0041""#, .badEscape, 2),
        (#""\ud83e\u00g0""#, .badEscape, 11), ("\"\\\n\"", .badEscape, 2),
    ])
    func isRefused(text: String, reason: JSONError.Reason, offset: Int) {
        let error = thrownError(JSONError.self) { try JSON(parsing: text) }
        #expect(error == JSONError(reason: reason, offset: offset))
    }

    /// Table 3-7 of the Unicode standard: each of these begins an ill-formed sequence at the byte that is named.
    @Test(
        arguments: [
            ([0xFF], 0), ([0x61, 0x80], 1), ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xE0, 0x9F, 0xBF], 0),
            ([0xED, 0xA0, 0x80], 0), ([0xF0, 0x8F, 0xBF, 0xBF], 0), ([0xF4, 0x90, 0x80, 0x80], 0),
            ([0xF5, 0x80, 0x80, 0x80], 0), ([0xC3, 0xA9, 0xC3], 2), ([0x61, 0xE2, 0x82, 0x62], 1),
            ([0xF0, 0x9F, 0xA7], 0), ([0xE2, 0x82, 0xAC, 0xFE, 0x61], 3),
        ] as [([UInt8], Int)])
    func illFormedUTF8IsRefusedAtItsFirstByte(bytes: [UInt8], offset: Int) {
        let quote = UInt8(ascii: "\"")
        let plain = thrownError(JSONError.self) { try JSON(parsing: ByteBuffer([quote] + bytes + [quote])) }
        #expect(plain == JSONError(reason: .badUTF8, offset: 1 + offset))
        // A string with an escape takes another way through the parser.
        let escape = Array(#"\u00e9"#.utf8)
        let before = thrownError(JSONError.self) { try JSON(parsing: ByteBuffer([quote] + escape + bytes + [quote])) }
        #expect(before == JSONError(reason: .badUTF8, offset: 1 + escape.count + offset))
        let after = thrownError(JSONError.self) { try JSON(parsing: ByteBuffer([quote] + bytes + escape + [quote])) }
        #expect(after == JSONError(reason: .badUTF8, offset: 1 + offset))
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSON(parsing: nested(JSON.depthMaximum)) }
        let error = thrownError(JSONError.self) { try JSON(parsing: nested(JSON.depthMaximum + 1)) }
        #expect(error == JSONError(reason: .tooDeep, offset: JSON.depthMaximum))

        let objects = String(repeating: "{\"a\":", count: 65)
        let deep = thrownError(JSONError.self) { try JSON(parsing: objects) }
        #expect(deep == JSONError(reason: .tooDeep, offset: 64 * 5))

        // Siblings are not depth, and a million brackets are no stack.
        #expect(throws: Never.self) { try JSON(parsing: ByteBuffer(string: "[[],[],[]]"), depthMaximum: 2) }
        let million = ByteBuffer(repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(thrownError(JSONError.self) { try JSON(parsing: million) }?.reason == .tooDeep)
        #expect(try JSON(parsing: ByteBuffer(string: "7"), depthMaximum: 0) == 7)
        let none = thrownError(JSONError.self) { try JSON(parsing: ByteBuffer(string: "{}"), depthMaximum: 0) }
        #expect(none == JSONError(reason: .tooDeep, offset: 0))
    }
}
