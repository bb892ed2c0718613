import Wire

/// Formats figures for the report.
enum Figures {
    /// A duration, as in `12.3 ms`, `1.1 s` or `2 min`.
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

    /// A fraction in percent, with one or two decimals.
    static func percent(_ fraction: Double) -> String {
        guard fraction.isFinite else { return "unknown" }
        let digits: Double = abs(fraction) < 0.01 ? 100 : 10
        let scaled = Int64((fraction * 100 * digits).rounded())
        return "\(scaled < 0 ? "-" : "")\(decimal(abs(scaled), Int64(digits), places: digits == 100 ? 2 : 1)) %"
    }

    /// Bytes in MiB, with one decimal.
    static func mebibytes(_ bytes: Int) -> String { "\(decimal(Int64(bytes) / 1_024, 1_024)) MiB" }

    /// The quotient with up to `places` decimals, and none when it is whole.
    private static func decimal(_ value: Int64, _ divisor: Int64, places: Int = 1) -> String {
        let scale: Int64 = places == 2 ? 100 : 10
        let scaled = value * scale / divisor
        let rest = String(scaled % scale + scale).dropFirst()
        return scaled % scale == 0 ? "\(scaled / scale)" : "\(scaled / scale).\(rest)"
    }
}

extension [Duration] {
    /// The median; zero when there are no values.
    var median: Duration { isEmpty ? .zero : sorted()[count / 2] }

    /// The growth per value as a fraction of the median: the slope of a least-squares line through the medians of
    /// groups, which outliers do not bend.
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
