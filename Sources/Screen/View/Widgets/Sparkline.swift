import Sync
import Wire

/// A sparkline of latencies on a fixed scale: a bar means the same whatever its neighbours are.
enum Sparkline {
    /// The upper bound of each level but the last, in milliseconds.
    static let steps: [Int64] = [100, 200, 400, 800, 1600, 3200, 6400]
    /// How many of the last resumes are shown.
    static let kept = 8
    /// From this level on a bar has the style `spark.bad`: a resume of more than 1.6 s is noticeable.
    static let badStep = 5

    /// The level of a latency.
    static func step(of latency: Duration) -> Int {
        steps.firstIndex { latency.milliseconds <= $0 } ?? steps.count
    }

    static func line(_ latencies: [Duration], _ glyphs: Glyphs, _ theme: Theme) -> Line {
        var line = Line()
        for latency in latencies {
            let step = step(of: latency)
            line.add(glyphs.spark[step], theme[step >= badStep ? .sparkBad : .sparkGood])
        }
        return line
    }
}
