/// A small random source whose whole state is its seed (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
/// Generators"), so that a failing test runs again from one number.
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    /// A source that gives the same numbers for the same seed.
    public init(seed: UInt64) { state = seed }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A source of its own, so that what one part of a test draws does not shift what another part draws.
    public mutating func split() -> SplitMix64 { SplitMix64(seed: next()) }

    /// True once in so many times.
    public mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}

extension Collection {
    /// One of the elements.
    ///
    /// - Precondition: There is one; an empty table of choices is a mistake in the test.
    public func pick(using generator: inout SplitMix64) -> Element {
        guard let element = randomElement(using: &generator) else { preconditionFailure("nothing to pick from") }
        return element
    }
}
