/// The text of a bracketed paste, collected byte by byte up to its end mark, within a bound.
struct PasteCollector: Hashable, Sendable {
    /// The longest paste in bytes. More than that is no prompt; it would only make the program slow.
    static let bytesMaximum = 1 << 20
    private static let mark = Array("\u{1B}[201~".utf8)

    private var bytes: [UInt8] = []
    /// How many bytes of the mark have been seen.
    private var matched = 0
    /// How many bytes came beyond the bound.
    private(set) var bytesDropped = 0

    /// Takes a byte.
    ///
    /// - Returns: Whether it was the last of the mark.
    mutating func feed(_ byte: UInt8) -> Bool {
        if byte == Self.mark[matched] {
            matched += 1
            return matched == Self.mark.count
        }
        // ESC occurs in the mark only as its first byte: what looked like the mark so far is text, and at most this
        // byte can begin it anew.
        for byte in Self.mark.prefix(matched) { append(byte) }
        matched = byte == Self.mark[0] ? 1 : 0
        if matched == 0 { append(byte) }
        return false
    }

    private mutating func append(_ byte: UInt8) {
        if bytes.count < Self.bytesMaximum { bytes.append(byte) } else { bytesDropped += 1 }
    }

    /// The text. Terminals send a line's end as a carriage return; here it is a newline, as in the editor. Other
    /// control characters, which nobody sees and which could be commands to whatever shows them next, are left out.
    var text: String {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        var afterReturn = false
        for byte in bytes.prefix(wholeCount) {
            if byte == 0x0D || byte == 0x0A && !afterReturn {
                kept.append(0x0A)
            } else if byte == 0x09 || byte >= 0x20 && byte != 0x7F {
                kept.append(byte)
            }
            afterReturn = byte == 0x0D
        }
        var text = String(decoding: kept, as: UTF8.self)
        text.unicodeScalars.removeAll { (0x80..<0xA0).contains($0.value) }
        return text
    }

    /// How many bytes there are without a character that the bound has cut in two.
    private var wholeCount: Int {
        guard bytesDropped > 0 else { return bytes.count }
        var start = bytes.count
        while start > max(0, bytes.count - 3), bytes[start - 1] & 0xC0 == 0x80 { start -= 1 }
        guard start > 0, bytes[start - 1] >= 0xC0 else { return bytes.count }
        let length = UTF8Length.announced(by: bytes[start - 1])
        return bytes.count - (start - 1) < length ? start - 1 : bytes.count
    }
}

/// How long characters are in UTF-8.
enum UTF8Length {
    /// How many bytes the character has that begins with a byte; 1 when none begins so.
    static func announced(by byte: UInt8) -> Int {
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }
}
