/// The FNV-1a sum of 64 bits (Fowler, Noll and Vo): against accidents, never against people.
public struct FNV1a: Hashable, Sendable {
    private var sum: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The sum of nothing.
    public init() {}

    /// Adds bytes.
    public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    /// Adds a number.
    public mutating func add(_ number: Int64) { withUnsafeBytes(of: number.littleEndian) { add($0) } }

    /// The sum, as SQLite stores integers.
    public var value: Int64 { Int64(bitPattern: sum) }
}
