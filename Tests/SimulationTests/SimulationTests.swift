import Simulation
import TestKit
import Testing

/// Whatever goes wrong, everybody comes to the same end. `make simulate` does this a million times; here are some, so that
/// a change that breaks it is seen by `swift test` alone.
@Suite struct SimulationTests {
    @Test func everybodyIsCaughtUpWhateverWentWrong() {
        let seed = TestSeed.current
        var connections = 0
        for run in 0..<12 {
            let outcome = Simulation.run(seed: seed.rawValue &+ UInt64(run))
            connections += outcome.connections
            guard let violation = outcome.violation else { continue }
            let short = Simulation.shrink(outcome)
            Issue.record(
                "seed \(outcome.seed): \(violation); already with \(short.steps) faults: \(short.violation.debugDescription)"
            )
            return
        }
        // The runs are worth something only if there was something to survive.
        #expect(connections > 200, "\(connections) connections, \(seed)")
    }

    @Test func aSeedDecidesEverything() {
        let outcomes = (0..<2).map { _ in Simulation.run(seed: 7, steps: 60) }
        #expect(outcomes[0].connections == outcomes[1].connections)
        #expect(outcomes[0].violation == outcomes[1].violation)
    }

    /// The simulator can see: each way of being broken is found within some runs.
    @Test(arguments: Variant.allCases)
    func whatIsBrokenIsSeen(_ variant: Variant) {
        let seed = TestSeed.current
        for run in 0..<1_000 {
            let outcome = Simulation.run(seed: seed.rawValue &+ UInt64(run), variant: variant)
            guard let violation = outcome.violation else { continue }
            print("figure: \(variant.rawValue) is seen in run \(run + 1): \(violation)")
            return
        }
        Issue.record("\(variant) was not seen in 1,000 runs, \(seed)")
    }
}
