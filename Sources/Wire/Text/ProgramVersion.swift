/// The version of a program, in the order of Semantic Versioning 2.0.0 §11.
public struct ProgramVersion: Hashable, Comparable, Sendable {
    /// The numbers, the most significant first; those that are not written are zero.
    private var numbers: [UInt64]
    /// The parts of a pre-release; a version without any comes after all of its pre-releases.
    private var preRelease: [Substring]

    /// Reads a version: one to three numbers with dots, then `-` and the pre-release, then `+` and what is not compared.
    ///
    /// - Returns: `nil` for anything else.
    public init?(_ text: String) {
        let compared = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let halves = compared.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in part.utf8.allSatisfy { (48...57).contains($0) } ? UInt64(part) : nil }
        guard (1...3).contains(parts.count), numbers.count == parts.count else { return nil }
        self.numbers = numbers + Array(repeating: 0, count: 3 - numbers.count)
        preRelease = halves.count > 1 ? halves[1].split(separator: ".") : []
        if halves.count > 1, preRelease.isEmpty { return nil }
    }

    /// The older version first.
    public static func < (left: ProgramVersion, right: ProgramVersion) -> Bool {
        if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
        if left.preRelease.isEmpty || right.preRelease.isEmpty {
            return !left.preRelease.isEmpty && right.preRelease.isEmpty
        }
        for (one, other) in zip(left.preRelease, right.preRelease) where one != other {
            switch (UInt64(one), UInt64(other)) {
            case (let one?, let other?): return one < other
            // Numbers come before words.
            case (_?, nil): return true
            case (nil, _?): return false
            case (nil, nil): return one.utf8.lexicographicallyPrecedes(other.utf8)
            }
        }
        return left.preRelease.count < right.preRelease.count
    }
}
