/// Base64 with the alphabet that is safe in headers and file names, without padding (RFC 4648 §5).
public enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Encodes bytes without padding.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var bits: UInt32 = 0
        var held: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            held += 8
            while held >= 6 {
                held -= 6
                text.append(alphabet[Int(bits >> held & 0x3F)])
            }
        }
        if held > 0 { text.append(alphabet[Int(bits << (6 - held) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Encodes with the standard alphabet and padding (RFC 4648 §4), as HTTP headers need it.
    public static func standard(_ bytes: some Collection<UInt8>) -> String {
        let text = encode(bytes).utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        return String(decoding: text, as: UTF8.self) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    /// Decodes a text with or without padding.
    ///
    /// - Returns: `nil` for invalid input: a character outside the alphabet, padding that does not complete the last
    ///   group of four, a single character in that group, or non-zero unused bits in its last character.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var bits: UInt32 = 0
        var held: UInt32 = 0
        let length = text.utf8.count
        let symbols = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        guard symbols.count == length || (length % 4 == 0 && length - symbols.count <= 2) else { return nil }
        guard text.utf8.dropFirst(symbols.count).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
        for character in symbols {
            guard let value = value(of: character) else { return nil }
            bits = bits << 6 | value
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> held))
            }
        }
        return held == 6 || bits & (1 << held - 1) != 0 ? nil : bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
