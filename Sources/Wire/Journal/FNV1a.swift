/// The FNV-1a sum of 64 bits (Fowler, Noll and Vo): against accidents, never against people.
public struct FNV1a: Hashable, Sendable {
    /// The sum.
    public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The sum of nothing.
    public init() {}

    /// Adds bytes that lie in one piece: a prompt can have a megabyte of them, and is summed on the event loop.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    /// Adds the bytes of a text.
    public mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// Adds a number.
    public mutating func add(_ number: Int64) { withUnsafeBytes(of: number.littleEndian) { add($0) } }

    /// The sum, as SQLite stores integers.
    public var signed: Int64 { Int64(bitPattern: value) }
}
