import Sync
import Wire

/// A row of bars for latencies, on fixed steps: a tall bar always means the same, whatever its neighbours are.
enum Sparkline {
    /// What each step but the last goes up to, in milliseconds.
    static let steps: [Int64] = [100, 200, 400, 800, 1600, 3200, 6400]
    /// From this step on a bar is drawn as bad: a resume of more than 1.6 s is felt.
    static let badStep = 5

    /// The step of a latency.
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
