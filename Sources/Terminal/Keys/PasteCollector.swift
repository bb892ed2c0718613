/// Collects the text of a bracketed paste byte by byte up to its end mark, within a bound.
struct PasteCollector: Hashable, Sendable {
    /// The longest paste, in bytes: no prompt is longer, and it bounds the work.
    static let bytesMaximum = 1 << 20
    private static let mark = Array("\u{1B}[201~".utf8)

    private var bytes: [UInt8] = []
    /// How many bytes of the end mark have been matched.
    private var matched = 0
    /// How many bytes were dropped at the bound.
    private(set) var bytesDropped = 0

    /// Adds a byte.
    ///
    /// - Returns: Whether it completed the end mark.
    mutating func feed(_ byte: UInt8) -> Bool {
        if byte == Self.mark[matched] {
            matched += 1
            return matched == Self.mark.count
        }
        // ESC occurs in the end mark only as its first byte: after a mismatch the matched bytes are text, and only this
        // byte can begin the mark anew.
        for byte in Self.mark.prefix(matched) { append(byte) }
        matched = byte == Self.mark[0] ? 1 : 0
        if matched == 0 { append(byte) }
        return false
    }

    private mutating func append(_ byte: UInt8) {
        if bytes.count < Self.bytesMaximum { bytes.append(byte) } else { bytesDropped += 1 }
    }

    /// The text. Terminals send a carriage return at the end of a line, which becomes a newline. Other control
    /// characters are removed: they are invisible, and could control a terminal that shows the text later.
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

    /// The number of bytes before a character that the bound has cut.
    private var wholeCount: Int {
        guard bytesDropped > 0 else { return bytes.count }
        var start = bytes.count
        while start > max(0, bytes.count - 3), bytes[start - 1] & 0xC0 == 0x80 { start -= 1 }
        guard start > 0, bytes[start - 1] >= 0xC0 else { return bytes.count }
        let length = UTF8Length.announced(by: bytes[start - 1])
        return bytes.count - (start - 1) < length ? start - 1 : bytes.count
    }
}

/// The lengths of UTF-8 sequences.
enum UTF8Length {
    /// The length of the sequence that a lead byte announces; 1 for a byte that is none.
    static func announced(by byte: UInt8) -> Int {
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }
}
