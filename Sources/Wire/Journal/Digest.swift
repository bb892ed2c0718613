import NIOCore

extension EncodedEntry {
    /// A digest over all fields of the entry, stored beside it: SQLite detects damage to its own structures but not to
    /// a byte within a value, which would be shown as part of the conversation.
    public var digest: Int64 {
        var sum = FNV1a()
        for number in [from, seq, timestamp, lastTimestamp] { sum.add(number) }
        sum.add(kind)
        sum.add(clientMessageID?.rawValue ?? "")
        payload.withUnsafeReadableBytes { sum.add($0) }
        return sum.signed
    }
}
