/// Client engines and session ledgers in virtual time, over a network and on disks that fail.
///
/// Everything is decided by the seed, so a run that fails is made again from one number. ``shrink(_:)`` looks for the
/// shortest beginning of it that still fails.
public enum Simulation {
    /// What a run came to.
    public struct Outcome: Sendable {
        /// The seed.
        public var seed: UInt64
        /// How often a client was connected.
        public var connections: Int
        /// How many things went wrong before it ended.
        public var steps: Int
        /// What did not hold; `nil` when everything did.
        public var violation: Violation?
    }

    /// How many things go wrong in a run unless told.
    public static let stepsDefault = 300

    /// Makes one run.
    ///
    /// - Parameters:
    ///   - seed: Decides everything.
    ///   - steps: How many things go wrong before everything heals.
    ///   - variant: How client or server is broken on purpose; not at all unless told.
    public static func run(seed: UInt64, steps: Int = stepsDefault, variant: Variant? = nil) -> Outcome {
        let world = World(seed: seed, variant: variant)
        var violation: Violation?
        do throws(Violation) { try world.run(steps: steps) } catch { violation = error }
        return Outcome(
            seed: seed, connections: world.connections, steps: world.stepsDone, violation: violation)
    }

    /// The shortest beginning of a failed run that was found to fail still.
    public static func shrink(_ outcome: Outcome, variant: Variant? = nil) -> Outcome {
        var best = outcome
        var low = 0
        while low < best.steps {
            let middle = (low + best.steps) / 2
            var shorter = run(seed: outcome.seed, steps: middle, variant: variant)
            shorter.steps = middle
            if shorter.violation == nil { low = middle + 1 } else { best = shorter }
        }
        return best
    }
}
