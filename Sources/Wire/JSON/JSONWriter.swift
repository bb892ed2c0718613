public import NIOCore

extension JSON {
    /// The value as one line of JSON text without spaces.
    public var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeJSON(self)
        return buffer
    }

    /// How many bytes ``encoded`` has.
    public var byteCount: Int { encoded.readableBytes }

    /// The value as text, for people and for tests.
    public var text: String { String(buffer: encoded) }
}

extension ByteBuffer {
    /// Appends the value as JSON text on one line.
    ///
    /// Infinity and not-a-number, which JSON does not have, are written as `null`.
    public mutating func writeJSON(_ value: JSON) {
        switch value {
        case .null: writeStaticString("null")
        case .bool(let value): writeStaticString(value ? "true" : "false")
        case .integer(let value): writeDecimal(value)
        case .number(let value): writeString(value.isFinite ? String(value) : "null")
        case .string(let value): writeJSONString(value)
        case .array(let elements):
            writeInteger(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { writeInteger(UInt8(ascii: ",")) }
                writeJSON(element)
            }
            writeInteger(UInt8(ascii: "]"))
        case .object(let members):
            writeInteger(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { writeInteger(UInt8(ascii: ",")) }
                writeJSONString(member.key)
                writeInteger(UInt8(ascii: ":"))
                writeJSON(member.value)
            }
            writeInteger(UInt8(ascii: "}"))
        }
    }

    /// Appends a number in decimal digits.
    public mutating func writeDecimal(_ number: Int64) {
        // Without a string, which for numbers of more than 15 digits would be allocated.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = digits.count
            var rest = number.magnitude
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            writeBytes(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: digits[start...])))
        }
    }

    /// Appends a string with its quotes. Escapes what JSON requires, and U+2028 and U+2029, which older JavaScript does
    /// not allow in string literals.
    public mutating func writeJSONString(_ string: String) {
        var string = string
        string.withUTF8 { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            // Most strings have nothing to escape, and are written at once.
            guard let first = bytes.firstIndex(where: Self.mayBeEscaped) else { return writeQuoted(raw) }
            writeInteger(UInt8(ascii: "\""))
            var start = 0
            for index in first..<bytes.count where Self.mayBeEscaped(bytes[index]) {
                guard let escape = Self.escape(for: bytes, at: index) else { continue }
                writeBytes(UnsafeRawBufferPointer(rebasing: raw[start..<index]))
                writeString(escape.text)
                start = index + escape.length
            }
            if start < bytes.count {
                writeBytes(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start...])))
            }
            writeInteger(UInt8(ascii: "\""))
        }
    }

    private mutating func writeQuoted(_ bytes: UnsafeRawBufferPointer) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count + 2) { space in
            space[0] = UInt8(ascii: "\"")
            UnsafeMutableRawBufferPointer(rebasing: space[1...]).copyMemory(from: bytes)
            space[bytes.count + 1] = UInt8(ascii: "\"")
            return bytes.count + 2
        }
    }

    private static func mayBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F || byte == 0xE2
    }

    private static func escape(for bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (text: String, length: Int)? {
        switch bytes[index] {
        case UInt8(ascii: "\""): return ("\\\"", 1)
        case UInt8(ascii: "\\"): return ("\\\\", 1)
        case UInt8(ascii: "\n"): return ("\\n", 1)
        case UInt8(ascii: "\r"): return ("\\r", 1)
        case UInt8(ascii: "\t"): return ("\\t", 1)
        case 0..<0x20, 0x7F:
            let hex = String(bytes[index], radix: 16)
            return ("\\u00" + (hex.utf8.count == 1 ? "0" : "") + hex, 1)
        case 0xE2 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && bytes[index + 2] & 0xFE == 0xA8:
            return (bytes[index + 2] == 0xA8 ? "\\u2028" : "\\u2029", 3)
        default: return nil
        }
    }
}
