import Dispatch
import Glibc
import Simulation
import Synchronization

/// `simulate [--seed N] [--cycles N] [--steps N]`: runs the simulator until so many connections were made, on all cores,
/// and says how fast that was. A run that fails is said with its seed and its shortest beginning that fails.
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
        let steps = Int(number("--steps") ?? UInt64(Simulation.stepsDefault))
        print("simulate: seed \(seed), \(cycles) connection cycles, \(steps) faults a run")
        fflush(nil)
        let progress = Mutex(Progress(next: seed))
        let begin = now()
        DispatchQueue.concurrentPerform(iterations: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) { _ in
            while true {
                let next: UInt64? = progress.withLock { progress in
                    guard progress.connections < cycles, progress.failure == nil else { return nil }
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
        let seconds = Double(now() - begin) / 1e9
        let done = progress.withLock { $0 }
        let rate = Int(Double(done.connections) / seconds * 60)
        print(
            "figure: \(done.connections) simulated connection cycles in \(done.runs) runs and \(Int(seconds)) s, \(rate) a minute"
        )
        guard let failure = done.failure else { return }
        let short = Simulation.shrink(failure)
        print("simulate: seed \(failure.seed) fails: \(failure.violation?.description ?? "")")
        print("simulate: the shortest beginning found is \(short.steps) faults: \(short.violation?.description ?? "")")
        print("simulate: make simulate SEED=\(failure.seed) CYCLES=1 STEPS=\(short.steps)")
        exit(1)
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
