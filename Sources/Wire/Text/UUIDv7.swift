/// Creates UUIDs of version 7 (RFC 9562 §5.7): ordered by time, with 74 random bits.
public enum UUIDv7 {
    /// A new UUID in its canonical lower-case form.
    ///
    /// - Parameters:
    ///   - now: Milliseconds since 1970; its low 48 bits are used.
    ///   - generator: The source of the random bits.
    public static func make(now: Timestamp, using generator: inout some RandomNumberGenerator) -> String {
        let high = UInt64(truncatingIfNeeded: now) << 16 | 0x7000 | generator.next() & 0x0FFF
        let low = 0x8000_0000_0000_0000 | generator.next() & 0x3FFF_FFFF_FFFF_FFFF
        return text(high: high, low: low)
    }

    /// When a UUID was made, in milliseconds since 1970; `nil` for a text that is no UUID of version 7.
    public static func timestamp(of text: String) -> Timestamp? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isHex = parts.allSatisfy { $0.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit } }
        guard isHex, parts.map(\.utf8.count) == [8, 4, 4, 4, 12], parts[2].hasPrefix("7") else { return nil }
        return Timestamp(parts[0] + parts[1], radix: 16)
    }

    private static func text(high: UInt64, low: UInt64) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        let digits = Array("0123456789abcdef".utf8)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            text.append(digits[Int(half >> (60 - UInt64(index % 16) * 4) & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
