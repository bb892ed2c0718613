/// The FNV-1a sum of 64 bits (Fowler, Noll and Vo): against accidents, never against people.
public struct FNV1a: Hashable, Sendable {
    private var sum: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The sum of nothing.
    public init() {}

    /// Adds bytes: in one piece where they lie in one, since a prompt of a megabyte is summed on the event loop.
    public mutating func add(_ bytes: some Sequence<UInt8>) {
        let prime: UInt64 = 0x0000_0100_0000_01B3
        let before = sum
        let after = bytes.withContiguousStorageIfAvailable { bytes in
            var sum = before
            var at = 0
            while at < bytes.count {
                sum = (sum ^ UInt64(bytes[at])) &* prime
                at &+= 1
            }
            return sum
        }
        if let after {
            sum = after
        } else {
            for byte in bytes { sum = (sum ^ UInt64(byte)) &* prime }
        }
    }

    /// Adds a number.
    public mutating func add(_ number: Int64) { withUnsafeBytes(of: number.littleEndian) { add($0) } }

    /// The sum, as SQLite stores integers.
    public var value: Int64 { Int64(bitPattern: sum) }
}
