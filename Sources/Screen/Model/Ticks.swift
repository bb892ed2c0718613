import Sync
public import Wire

/// The times at which the screen changes without an event.
enum Ticks {
    /// How long each step of the spinner is shown.
    static let spinner = Duration.milliseconds(250)

    /// How long the spinner turns after the last entry: then the agent may be waiting for something, and only the
    /// seconds count.
    static let spinnerDuration = Duration.seconds(10)

    /// The step of the spinner at this moment.
    static func spinnerStep(at now: Instant) -> Int64 { now.nanoseconds / spinner.nanoseconds }

    /// The wall clock at the start of a step, so that counting seconds change together with the spinner and need no
    /// wake-up of their own.
    static func stepped(_ wallClock: Timestamp, at now: Instant, every length: Duration) -> Timestamp {
        let step = length.milliseconds
        let begun = wallClock &- now.nanoseconds % length.nanoseconds / 1_000_000
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
    /// Whether the spinner turns: not without motion, without the focus, or when nothing has come for a while.
    private func spins(at now: Instant) -> Bool {
        hasMotion && hasFocus && (newsAt.map { now - $0 < Ticks.spinnerDuration } ?? true)
    }

    /// How long nothing changes while a turn runs: where the spinner stands still, seconds count all the same.
    private func step(at now: Instant) -> Duration { spins(at: now) ? Ticks.spinner : .seconds(1) }

    /// The wall clock by which durations are shown.
    func stepped(_ wallClock: Timestamp, at now: Instant) -> Timestamp {
        Ticks.stepped(wallClock, at: now, every: step(at: now))
    }

    /// The step of the spinner; where it stands still, always the same one.
    func spinnerStep(at now: Instant) -> Int64 { spins(at: now) ? Ticks.spinnerStep(at: now) : 0 }

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
                ticks.append(Ticks.next(after: now, from: Instant(nanoseconds: 0), every: step(at: now)))
                if spins(at: now), let newsAt { ticks.append(newsAt + Ticks.spinnerDuration) }
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
