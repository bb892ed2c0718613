import Sync
public import Wire

/// When something on the screen changes by itself.
enum Ticks {
    /// How long the spinner shows one step.
    static let spinner = Duration.milliseconds(250)

    /// The step of the spinner at a moment.
    static func spinnerStep(at now: Instant) -> Int64 { now.nanoseconds / spinner.nanoseconds }

    /// The user's clock at the beginning of the spinner's step, so that seconds which count up change together with
    /// the spinner and need no wake-up of their own.
    static func stepped(_ wallClock: Timestamp, at now: Instant) -> Timestamp {
        let step = spinner.milliseconds
        let begun = wallClock &- now.nanoseconds % spinner.nanoseconds / 1_000_000
        return (begun &+ step / 2) / step * step
    }

    /// The next moment behind `now` that is a whole number of steps away from `origin`.
    static func next(after now: Instant, from origin: Instant, every step: Duration) -> Instant {
        let stepNanoseconds = step.nanoseconds
        var rest = (now.nanoseconds - origin.nanoseconds) % stepNanoseconds
        if rest < 0 { rest += stepNanoseconds }
        return Instant(nanoseconds: now.nanoseconds + stepNanoseconds - rest)
    }
}

extension Model {
    /// The next moment at which the screen looks different although nothing happened; the program sleeps until then.
    ///
    /// That is a quarter of a second while a turn is watched, a second while the time offline is counted, else the
    /// minute of the clock; `nil` when nothing on the screen depends on the time.
    public func nextTick(after now: Instant) -> Instant? {
        if regions.isTooSmall { return nil }
        var ticks: [Instant] = []
        if let flash { ticks.append(max(flash.until, now)) }
        switch connection.state {
        case .offline(let since, _, let retryAt):
            ticks.append(Ticks.next(after: now, from: since, every: .seconds(1)))
            if retryAt > now { ticks.append(Ticks.next(after: now, from: retryAt, every: .seconds(1))) }
        case .live:
            if turn != nil {
                // Nobody looks at a wheel in a window behind others; the seconds still count.
                let step = hasFocus ? Ticks.spinner : .seconds(1)
                ticks.append(Ticks.next(after: now, from: Instant(nanoseconds: 0), every: step))
            }
        case .connecting, .resuming, .stopped: break
        }
        if regions.header != nil, let clock {
            let inMinute = (clock.wallClock % 60_000 + 60_000) % 60_000
            let minute = clock.now + .milliseconds(-inMinute)
            ticks.append(Ticks.next(after: now, from: minute, every: .seconds(60)))
        }
        return ticks.min()
    }
}
