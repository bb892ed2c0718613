import Fuzzing
import Glibc
import TestKit

/// One target in a process of its own, which may die of it.
struct Run {
    /// Memory that a reader of at most 64 KiB may have, and seconds that it may take.
    static let memoryMaximum: rlim_t = 1 << 30
    static let timeout: UInt32 = 5

    private let target: FuzzTarget
    private let seed: UInt64
    private let seconds: UInt64
    private let note: Note

    init(_ target: FuzzTarget, seed: UInt64, seconds: UInt64, note: String) {
        (self.target, self.seed, self.seconds) = (target, seed, seconds)
        guard let note = Note(path: note, isNew: false) else { exit(74) }
        self.note = note
    }

    /// Reads the corpus as it is, then what is made of it; the exit status.
    func finish() -> Int32 {
        var limit = rlimit(rlim_cur: Self.memoryMaximum, rlim_max: Self.memoryMaximum)
        setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
        let corpus = Files.corpus(of: target.name)
        guard !corpus.isEmpty else {
            print("\(target.name): there is no corpus")
            return 1
        }
        for text in corpus where !holds(text.bytes) { return 1 }
        // The name as well, so that a target alone sees what it saw among all.
        let lane = target.name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var mutator = Mutator(corpus: corpus.map(\.bytes), seed: lane)
        var executions = corpus.count
        let end = Self.now() + seconds
        while Self.now() < end {
            for _ in 0..<100 {
                guard holds(mutator.next()) else { return 1 }
                executions += 1
            }
        }
        print("\(target.name): \(executions) executions")
        return 0
    }

    private func holds(_ bytes: [UInt8]) -> Bool {
        note.write(bytes)
        // Whoever hangs is killed, and the note says by what.
        alarm(Self.timeout)
        let problem = target.run(bytes)
        alarm(0)
        guard let problem else { return true }
        print("\(target.name): \(problem): \(Files.keep(bytes, of: target.name))")
        return false
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec)
    }
}
