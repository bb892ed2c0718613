public import NIOCore

/// A syntax error, or an exceeded bound, in a JSON text.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why the text was rejected; the raw value is the end of a sentence.
    public enum Reason: String, Hashable, Sendable {
        /// The text ended inside a value.
        case unexpectedEnd = "the text ends inside a value"
        /// A byte that cannot stand there.
        case unexpectedByte = "a byte that cannot stand here"
        /// Another byte than white space follows the value.
        case trailingBytes = "something follows the value"
        /// A number that JSON does not allow, or that exceeds the range of a double.
        case badNumber = "not a number"
        /// An escape that JSON does not have.
        case badEscape = "not an escape"
        /// The bytes of a string are not UTF-8.
        case badUTF8 = "not UTF-8"
        /// Arrays and objects are nested deeper than `depthMaximum`.
        case tooDeep = "nested too deep"
        /// There are more values than `valuesMaximum`.
        case tooMany = "too many values"
    }

    /// Why the text was rejected.
    public var reason: Reason
    /// The position of the error, in bytes from the start of the text.
    public var offset: Int

    /// One sentence for a person.
    public var description: String { "invalid JSON at byte \(offset): \(reason.rawValue)" }
}

extension JSON {
    /// The default bound on the nesting of arrays and objects.
    public static let depthMaximum = 64
    /// The default bound on the number of values. A value takes some twenty times the memory of its shortest text, so a
    /// bound on bytes alone would not bound the memory.
    public static let valuesMaximum = 1 << 20

    /// Parses one JSON text (RFC 8259); only white space may follow it.
    ///
    /// - Parameters:
    ///   - bytes: The text, in UTF-8. The caller has to bound its length.
    ///   - depthMaximum: How deep arrays and objects may be nested.
    ///   - valuesMaximum: How many values there may be, nested ones included.
    /// - Throws: ``JSONError`` with the offset of the first byte that does not fit.
    public init(
        parsing bytes: ByteBuffer, depthMaximum: Int = JSON.depthMaximum, valuesMaximum: Int = JSON.valuesMaximum
    ) throws(JSONError) {
        let result = bytes.withUnsafeReadableBytes { raw -> Result<JSON, JSONError> in
            var parser = Parser(bytes: raw, depthMaximum: depthMaximum, valuesLeft: valuesMaximum)
            do throws(JSONError) {
                return .success(try parser.document())
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    /// Parses one JSON text held in a string.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: ByteBuffer(string: text))
    }
}

/// A recursive descent over the bytes; the recursion is bounded by `depthMaximum`.
private struct Parser {
    let bytes: UnsafeRawBufferPointer
    let depthMaximum: Int
    var valuesLeft: Int
    var offset = 0

    init(bytes: UnsafeRawBufferPointer, depthMaximum: Int, valuesLeft: Int) {
        self.bytes = bytes
        self.depthMaximum = depthMaximum
        self.valuesLeft = valuesLeft
    }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value(depth: 0)
        skipWhitespace()
        guard offset == bytes.count else { throw error(.trailingBytes) }
        return value
    }

    private func error(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: offset) }

    private mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard offset < bytes.count else { throw error(.unexpectedEnd) }
        return bytes[offset]
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard try peek() == byte else { throw error(.unexpectedByte) }
        offset += 1
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        skipWhitespace()
        guard valuesLeft > 0 else { throw error(.tooMany) }
        valuesLeft -= 1
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error(.unexpectedByte)
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        for index in 0..<word.utf8CodeUnitCount { try expect(word.utf8Start[index]) }
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        guard depth < depthMaximum else { throw error(.tooDeep) }
        offset += 1
        skipWhitespace()
        var members: [JSON.Member] = []
        if try peek() == UInt8(ascii: "}") {
            offset += 1
            return .object([])
        }
        while true {
            skipWhitespace()
            guard try peek() == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
            let key = try string()
            skipWhitespace()
            try expect(UInt8(ascii: ":"))
            members.append(JSON.Member(key, try value(depth: depth + 1)))
            if try endOfList(UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        guard depth < depthMaximum else { throw error(.tooDeep) }
        offset += 1
        skipWhitespace()
        var elements: [JSON] = []
        if try peek() == UInt8(ascii: "]") {
            offset += 1
            return .array([])
        }
        while true {
            elements.append(try value(depth: depth + 1))
            if try endOfList(UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    /// After an element: true at the closing bracket, false after a comma.
    private mutating func endOfList(_ closing: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        let byte = try peek()
        guard byte == closing || byte == UInt8(ascii: ",") else { throw error(.unexpectedByte) }
        offset += 1
        return byte == closing
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = offset
        var isInteger = true
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let firstDigit = offset
        try digits()
        if bytes[firstDigit] == UInt8(ascii: "0"), offset > firstDigit + 1 {
            offset = firstDigit + 1
            throw error(.badNumber)
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try digits()
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try digits()
        }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            offset = start
            throw error(.badNumber)
        }
        return .number(value)
    }

    private mutating func digits() throws(JSONError) {
        guard (0x30...0x39).contains(try peek()) else { throw error(.badNumber) }
        while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) { offset += 1 }
    }

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        var union: UInt8 = 0
        // Most strings have no escape, and are decoded as one run of bytes.
        while true {
            let byte = try peek()
            if byte == UInt8(ascii: "\"") {
                let text = try text(from: start, isASCII: union < 0x80)
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { break }
            guard byte >= 0x20 else { throw error(.unexpectedByte) }
            union |= byte
            offset += 1
        }
        return try escapedString(from: start)
    }

    /// The string whose bytes are those from `start` to here.
    private func text(from start: Int, isASCII: Bool) throws(JSONError) -> String {
        let run = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
        // Decoding repairs what is not UTF-8, which then has other bytes. `String(validating:as:)` is generic, and ten
        // times slower.
        let text = String(decoding: run, as: UTF8.self)
        guard isASCII || text.hasBytes(run) else { throw badUTF8(from: start) }
        return text
    }

    /// The error for a string whose bytes, from `start` to here, are not UTF-8.
    ///
    /// Validates the raw bytes, which finds the position in a string with escapes too: an escape begins with an ASCII
    /// byte and stands for whole scalars, so it does not change the validity of the bytes beside it.
    private func badUTF8(from start: Int) -> JSONError {
        var decoder = UTF8()
        var rest = bytes[start..<offset].makeIterator()
        var good = start
        while case .scalarValue(let scalar) = decoder.decode(&rest) { good += UTF8.width(scalar) }
        return JSONError(reason: .badUTF8, offset: good)
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var unescaped = Array(bytes[start..<offset])
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: unescaped, as: UTF8.self) else { throw badUTF8(from: start) }
                offset += 1
                return text
            case UInt8(ascii: "\\"):
                offset += 1
                unescaped.append(contentsOf: String(try escape()).utf8)
            case 0..<0x20:
                throw error(.unexpectedByte)
            default:
                unescaped.append(byte)
                offset += 1
            }
        }
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        let byte = try peek()
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default:
            offset -= 1
            throw error(.badEscape)
        }
    }

    /// `\uXXXX`, or a surrogate pair of two. A lone surrogate, which some encoders leave when they truncate a string,
    /// becomes U+FFFD.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let unit = try hexDigits()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let isHigh = (0xD800..<0xDC00).contains(unit)
        guard isHigh, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let afterHigh = offset
        offset += 2
        let low = try hexDigits()
        guard (0xDC00..<0xE000).contains(low) else {
            offset = afterHigh
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexDigits() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else { throw error(.badEscape) }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }
}
