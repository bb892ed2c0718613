import Wire

/// Figures as people read them.
enum Figures {
    /// `12.3 ms`, `1.1 s`, `2 min`.
    static func duration(_ duration: Duration) -> String {
        let micro = duration.nanoseconds / 1_000
        if micro < 1_000_000 { return "\(decimal(micro, 1_000)) ms" }
        if micro < 120_000_000 { return "\(decimal(micro, 1_000_000)) s" }
        let seconds = micro / 1_000_000
        if seconds % 60 == 0, seconds < 7_200 { return "\(seconds / 60) min" }
        return seconds < 7_200 ? "\(seconds / 60) min \(seconds % 60) s" : longer(seconds)
    }

    private static func longer(_ seconds: Int64) -> String {
        seconds < 172_800 ? "\(seconds / 3_600) h" : "\(seconds / 86_400) d"
    }

    /// A share in percent, with a decimal or two.
    static func percent(_ fraction: Double) -> String {
        guard fraction.isFinite else { return "unknown" }
        let digits: Double = abs(fraction) < 0.01 ? 100 : 10
        let scaled = Int64((fraction * 100 * digits).rounded())
        return "\(scaled < 0 ? "-" : "")\(decimal(abs(scaled), Int64(digits), places: digits == 100 ? 2 : 1)) %"
    }

    /// Bytes in MiB, with a decimal.
    static func mebibytes(_ bytes: Int) -> String { "\(decimal(Int64(bytes) / 1_024, 1_024)) MiB" }

    /// The quotient with one decimal or two, and none when it is whole.
    private static func decimal(_ value: Int64, _ divisor: Int64, places: Int = 1) -> String {
        let scale: Int64 = places == 2 ? 100 : 10
        let scaled = value * scale / divisor
        let rest = String(scaled % scale + scale).dropFirst()
        return scaled % scale == 0 ? "\(scaled / scale)" : "\(scaled / scale).\(rest)"
    }
}

extension [Duration] {
    /// The middle one.
    var median: Duration { isEmpty ? .zero : sorted()[count / 2] }

    /// How much each is longer than the one before, as a share of the median: the slope of a line through the medians
    /// of groups (least squares), which a few slow ones do not bend.
    func slope(group: Int) -> Double {
        let medians = stride(from: 0, to: count - group + 1, by: group).map { start in
            Double(Array(self[start..<(start + group)]).median.nanoseconds)
        }
        guard medians.count > 1, median > .zero else { return 0 }
        let middle = Double(medians.count - 1) / 2
        let mean = medians.reduce(0, +) / Double(medians.count)
        var (rise, run) = (0.0, 0.0)
        for (number, value) in medians.enumerated() {
            let distance = Double(number) - middle
            rise += distance * (value - mean)
            run += distance * distance
        }
        return rise / run / Double(group) / Double(median.nanoseconds)
    }
}
