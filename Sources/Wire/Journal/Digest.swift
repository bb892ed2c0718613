import NIOCore

extension EncodedEntry {
    /// A sum over everything that the entry is, stored beside it: SQLite sees damage to its own structures and not to a
    /// byte inside a value, which would be shown as if it had been said (FNV-1a, 64 bits; against accidents, not against
    /// people).
    public var digest: Int64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        for number in [from, seq, timestamp, lastTimestamp] {
            withUnsafeBytes(of: number.littleEndian) { add($0) }
        }
        add(kind.utf8)
        add((clientMessageID?.rawValue ?? "").utf8)
        payload.withUnsafeReadableBytes { add($0) }
        return Int64(bitPattern: sum)
    }
}
