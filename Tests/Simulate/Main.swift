import Dispatch
import Glibc
import Simulation
import Synchronization

/// `simulate [--seed N] [--cycles N] [--seconds N] [--steps N]`: runs the simulator until so many connections were made or
/// so much time has passed, on all cores, and says how fast that was; `--variants` sees how soon each way of being broken
/// is found. A run that fails is said with its seed and its shortest beginning that fails.
@main
struct Main {
    private struct Progress {
        var next: UInt64
        var connections = 0
        var runs = 0
        var failure: Simulation.Outcome?
    }

    static func main() {
        let seed = number("--seed") ?? UInt64.random(in: 1...(1 << 48))
        let cycles = Int(number("--cycles") ?? 1_000_000)
        let seconds = number("--seconds").map { Int64($0) } ?? .max / 2_000_000_000
        let steps = Int(number("--steps") ?? UInt64(Simulation.stepsDefault))
        if CommandLine.arguments.contains("--variants") { return variants(seed: seed, steps: steps) }
        print("simulate: seed \(seed), \(cycles) connection cycles, \(steps) faults a run")
        fflush(nil)
        let progress = Mutex(Progress(next: seed))
        let begin = now()
        let end = begin + seconds * 1_000_000_000
        DispatchQueue.concurrentPerform(iterations: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) { _ in
            while true {
                let next: UInt64? = progress.withLock { progress in
                    guard progress.connections < cycles, progress.failure == nil, now() < end else { return nil }
                    defer { progress.next += 1 }
                    return progress.next
                }
                guard let next else { return }
                let outcome = Simulation.run(seed: next, steps: steps)
                progress.withLock { progress in
                    progress.connections += outcome.connections
                    progress.runs += 1
                    if outcome.violation != nil { progress.failure = progress.failure ?? outcome }
                }
            }
        }
        let passed = Double(now() - begin) / 1e9
        let done = progress.withLock { $0 }
        let rate = Int(Double(done.connections) / passed * 60)
        print(
            "figure: \(done.connections) simulated connection cycles in \(done.runs) runs and \(Int(passed)) s, \(rate) a minute"
        )
        guard let failure = done.failure else { return }
        let short = Simulation.shrink(failure)
        print("simulate: seed \(failure.seed) fails: \(failure.violation?.description ?? "")")
        print("simulate: the shortest beginning found is \(short.steps) faults: \(short.violation?.description ?? "")")
        print("simulate: make simulate SEED=\(failure.seed) CYCLES=1 STEPS=\(short.steps)")
        exit(1)
    }

    /// How soon each way of being broken is seen.
    private static func variants(seed: UInt64, steps: Int) {
        var unseen = 0
        let name = CommandLine.arguments.last ?? ""
        for variant in Variant(rawValue: name).map({ [$0] }) ?? Variant.allCases {
            let found = (0..<1_000).lazy.map { run in
                (run, Simulation.run(seed: seed &+ UInt64(run), steps: steps, variant: variant))
            }.first { $0.1.violation != nil }
            if let (run, outcome) = found {
                print("figure: \(variant.rawValue) is seen in run \(run + 1): \(outcome.violation?.description ?? "")")
            } else {
                unseen += 1
                print("simulate: \(variant.rawValue) is not seen in 1000 runs")
            }
        }
        if unseen > 0 { exit(1) }
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func number(_ name: String) -> UInt64? {
        guard let index = CommandLine.arguments.firstIndex(of: name), index + 1 < CommandLine.arguments.count else {
            return nil
        }
        guard let number = UInt64(CommandLine.arguments[index + 1]) else {
            print("simulate: \(name) wants a number")
            exit(64)
        }
        return number
    }
}
