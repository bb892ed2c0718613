import Wire

/// Whether one way takes longer than another, from attempts that alternate, so that a load on the machine meets both.
///
/// The median of the differences of pairs is judged by its confidence interval from order statistics (a sign test,
/// Conover, Practical Nonparametric Statistics, 3.2), which assumes nothing about how durations are distributed: on a
/// machine that does other things they have long tails.
struct PairedComparison {
    /// Pairs between two looks at the verdict.
    static let stride = 40
    /// The most pairs.
    static let limit = 400
    /// Half the width of the interval in standard deviations: one look in 370 is wrong.
    private static let deviations = 3.0

    /// The fraction that is too much.
    let bound: Double
    private(set) var bases: [Duration] = []
    private var differences: [Duration] = []

    init(bound: Double) { self.bound = bound }

    mutating func add(base: Duration, other: Duration) {
        bases.append(base)
        differences.append(other - base)
    }

    /// What the other way adds, as a fraction of the first.
    var added: Double { fraction(differences.median) }

    /// Whether the other way stays below the bound; `nil` when more pairs have to tell.
    var verdict: Bool? {
        if differences.count >= Self.limit { return added < bound }
        guard !differences.isEmpty, differences.count.isMultiple(of: Self.stride) else { return nil }
        let sorted = differences.sorted()
        let count = Double(sorted.count)
        let rank = max(0, Int((count / 2 - Self.deviations * count.squareRoot() / 2).rounded(.down)))
        if fraction(sorted[sorted.count - 1 - rank]) < bound { return true }
        return fraction(sorted[rank]) >= bound ? false : nil
    }

    private func fraction(_ difference: Duration) -> Double {
        Double(difference.nanoseconds) / Double(max(bases.median.nanoseconds, 1))
    }
}
