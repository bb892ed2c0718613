import Sync
public import Wire

/// The times at which the screen changes without an event.
enum Ticks {
    /// How long each step of the spinner is shown.
    static let spinner = Duration.milliseconds(250)

    /// The step of the spinner at this moment.
    static func spinnerStep(at now: Instant) -> Int64 { now.nanoseconds / spinner.nanoseconds }

    /// The wall clock at the start of the spinner's step, so that counting seconds change together with the spinner and
    /// need no wake-up of their own.
    static func stepped(_ wallClock: Timestamp, at now: Instant) -> Timestamp {
        let step = spinner.milliseconds
        let begun = wallClock &- now.nanoseconds % spinner.nanoseconds / 1_000_000
        return (begun &+ step / 2) / step * step
    }

    /// The first moment after `now` that is a whole number of steps from `origin`.
    static func next(after now: Instant, from origin: Instant, every step: Duration) -> Instant {
        let stepNanoseconds = step.nanoseconds
        var rest = (now.nanoseconds - origin.nanoseconds) % stepNanoseconds
        if rest < 0 { rest += stepNanoseconds }
        return Instant(nanoseconds: now.nanoseconds + stepNanoseconds - rest)
    }
}

extension Model {
    /// The next moment at which the view changes without an event; the program sleeps until then.
    ///
    /// That is a quarter of a second while a turn runs, a second while the offline time counts, otherwise the next
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
                // Without the focus the spinner stands still, but seconds still count.
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
