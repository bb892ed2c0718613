import NIOCore

extension EncodedEntry {
    /// A sum over everything that the entry is, stored beside it: SQLite sees damage to its own structures and not to a
    /// byte inside a value, which would be shown as if it had been said.
    public var digest: Int64 {
        var sum = FNV1a()
        for number in [from, seq, timestamp, lastTimestamp] { sum.add(number) }
        sum.add(kind)
        sum.add(clientMessageID?.rawValue ?? "")
        payload.withUnsafeReadableBytes { sum.add($0) }
        return sum.signed
    }
}
