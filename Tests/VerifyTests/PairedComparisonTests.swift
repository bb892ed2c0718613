import TestKit
import Testing

@testable import Verify

/// The comparison of alternating attempts, on quiet and on loaded machines.
@Suite struct PairedComparisonTests {
    /// Compares attempts of 10 ms, of which every other one takes `added` longer, with a load of up to `load`.
    private static func compare(seed: UInt64, added: Duration, load: Duration) -> PairedComparison {
        var chance = SplitMix64(seed: seed)
        /// As durations are distributed beside other work: most are short, and some are many times as long.
        func wait() -> Duration {
            let share = Double.random(in: 0..<1, using: &chance)
            return load * (share * share * (share > 0.9 ? 5 : 1))
        }
        var comparison = PairedComparison(bound: 0.1)
        while comparison.verdict == nil {
            comparison.add(base: .milliseconds(10) + wait(), other: .milliseconds(10) + added + wait())
        }
        return comparison
    }

    @Test func aQuietMachineNeedsAsFewPairsAsPossible() {
        for (added, isBelow) in [(-2, true), (0, true), (900, true), (1_100, false), (5_000, false)] {
            let comparison = Self.compare(seed: 1, added: .microseconds(added), load: .microseconds(50))
            #expect(comparison.verdict == isBelow, "\(added) µs")
            #expect(comparison.bases.count == PairedComparison.stride, "\(added) µs")
        }
    }

    @Test func aLoadedMachineNeedsMoreAndTellsTheSame() {
        var pairs = 0
        for seed in UInt64(0)..<300 {
            let same = Self.compare(seed: seed, added: .zero, load: .milliseconds(10))
            #expect(same.verdict == true, "seed \(seed): \(same.added) after \(same.bases.count)")
            let slower = Self.compare(seed: seed, added: .milliseconds(4), load: .milliseconds(10))
            #expect(slower.verdict == false, "seed \(seed): \(slower.added) after \(slower.bases.count)")
            pairs = max(pairs, same.bases.count)
        }
        #expect(pairs > PairedComparison.stride)
        #expect(pairs <= PairedComparison.limit)
    }

    @Test func whatCannotBeToldIsDecidedByTheMedianAtTheLimit() {
        var comparison = PairedComparison(bound: 0.1)
        for pair in 0..<PairedComparison.limit {
            #expect(comparison.verdict == nil, "\(pair)")
            comparison.add(base: .milliseconds(10), other: .milliseconds(pair.isMultiple(of: 2) ? 5 : 15))
        }
        #expect(comparison.verdict == false, "the median is one that is 5 ms slower")
        #expect(comparison.added == 0.5)
    }
}
