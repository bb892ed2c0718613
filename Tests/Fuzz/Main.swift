import Fuzzing
import Glibc
import TestKit

/// `fuzz [--seconds N] [--seed N] [--target NAME] [--input FILE]`: gives each reader odd bytes for so many seconds, made
/// out of its corpus. A reader that traps or hangs ends a process of its own, and the bytes that it had are kept.
@main
struct Main {
    static func main() {
        let arguments = Arguments()
        if let input = arguments.text("--input") { return replay(input, arguments) }
        let seed = arguments.number("--seed") ?? UInt64.random(in: 1...(1 << 48))
        let seconds = arguments.number("--seconds") ?? 5
        if let note = arguments.text("--note") { return work(arguments, seed: seed, seconds: seconds, note: note) }
        let targets = named(arguments.text("--target"))
        print("fuzz: seed \(seed), \(seconds) s for each of \(targets.count) targets")
        var failed = 0
        for target in targets {
            fflush(nil)
            if !Worker.run(target, seed: seed, seconds: seconds) { failed += 1 }
        }
        print("\(targets.count - failed) passed, \(failed) failed")
        fflush(nil)
        exit(failed == 0 ? 0 : 1)
    }

    /// The child: one target until the time is over.
    private static func work(_ arguments: Arguments, seed: UInt64, seconds: UInt64, note: String) {
        guard let target = named(arguments.text("--target")).first else { exit(64) }
        exit(Run(target, seed: seed, seconds: seconds, note: note).finish())
    }

    /// What a reader makes of the bytes of a file; with a debugger around, where it traps.
    private static func replay(_ file: String, _ arguments: Arguments) {
        guard let bytes = Files.read(file) else {
            print("fuzz: \(file) cannot be read")
            exit(66)
        }
        for target in named(arguments.text("--target")) {
            print("\(target.name): \(target.run(bytes) ?? "nothing is wrong")")
        }
    }

    private static func named(_ name: String?) -> [FuzzTarget] {
        guard let name else { return FuzzTarget.all }
        let found = FuzzTarget.all.filter { $0.name == name }
        guard !found.isEmpty else {
            print("fuzz: there is no target '\(name)'; there are \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
            exit(64)
        }
        return found
    }
}
