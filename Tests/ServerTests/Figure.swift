import Glibc
import Wire

/// Figures that a test prints beside what it demands, each on one line.
enum Figure {
    static func line(_ what: String, _ figure: String) {
        print("figure: \(what): \(figure)")
        fflush(nil)
    }

    static func milliseconds(_ duration: Duration) -> String {
        let micro = duration.nanoseconds / 1_000
        return "\(micro / 1_000).\((micro % 1_000) / 100) ms"
    }

    static func percent(_ fraction: Double) -> String {
        let thousandths = Int((fraction * 100_000).rounded())
        let digits = String(abs(thousandths) % 1_000 + 1_000).dropFirst()
        return "\(thousandths < 0 ? "-" : "")\(abs(thousandths) / 1_000).\(digits) %"
    }

    /// The middle one; zero of none.
    static func median(_ durations: ArraySlice<Duration>) -> Duration {
        durations.isEmpty ? .zero : durations.sorted()[durations.count / 2]
    }

    /// How much each cycle is slower than the one before, as a share of the median: the slope of a line through the
    /// medians of groups of cycles (least squares).
    static func slope(_ durations: [Duration], group: Int) -> Double {
        let medians = stride(from: 0, to: durations.count - group + 1, by: group).map { start in
            let sorted = durations[start..<(start + group)].sorted()
            return Double(sorted[group / 2].nanoseconds)
        }
        guard medians.count > 1 else { return 0 }
        let middle = Double(medians.count - 1) / 2
        let mean = medians.reduce(0, +) / Double(medians.count)
        let (rise, run) = medians.enumerated().reduce((0.0, 0.0)) { sums, point in
            let distance = Double(point.offset) - middle
            return (sums.0 + distance * (point.element - mean), sums.1 + distance * distance)
        }
        return rise / run / Double(group) / medians.sorted()[medians.count / 2]
    }

    /// The time that processors have worked for this process, its own and the kernel's for it: what a figure of a wall
    /// clock is worth on a machine that others use as well.
    static var processorTime: Duration {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(.zero) { sum, time in
            sum + .seconds(time.tv_sec) + .microseconds(time.tv_usec)
        }
    }

    /// The memory that this process has in use, in bytes.
    static var residentBytes: Int {
        guard let stream = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(stream) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), stream) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(getpagesize())
    }
}
