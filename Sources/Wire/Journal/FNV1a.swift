/// The 64-bit FNV-1a hash (Fowler, Noll and Vo): detects accidents, but does not resist deliberate collisions.
public struct FNV1a: Hashable, Sendable {
    /// The digest of what was added so far.
    public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Starts with FNV's offset basis.
    public init() {}

    /// Adds contiguous bytes. Not a generic sequence, for speed: a prompt of a mebibyte is hashed on the event loop.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    /// Adds the bytes of a text.
    public mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// Adds a number as eight bytes, little-endian.
    public mutating func add(_ number: Int64) { withUnsafeBytes(of: number.littleEndian) { add($0) } }

    /// The hash of a text in base 36: a short name for what has a long or odd one.
    public static func name(of text: String) -> String {
        var hash = FNV1a()
        hash.add(text)
        return String(hash.value, radix: 36)
    }

    /// The hash as a signed integer, as SQLite stores it.
    public var signed: Int64 { Int64(bitPattern: value) }
}
