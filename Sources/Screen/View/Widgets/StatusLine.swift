import Sync
import Wire

/// The status row: the state of the connection, and its latencies.
extension Model {
    /// From this round-trip time on the state is shown as slow.
    private static let slowRoundTrip = Duration.seconds(1)

    /// The fewest columns in which a truncated reason is still useful.
    private static let reasonColumnsMinimum = 16

    /// Draws the status row. On a narrow screen parts are dropped in a fixed order, the state and the last resume last.
    /// The reason of a failure gets the remaining room, and is truncated to it.
    func statusLine(now: Instant, wallClock: Timestamp) -> Line {
        let end = size.columns - 1
        let waiting = outbox.waiting.count
        var parts: [Part] = [
            Part(state(now: now), losesAt: 7), Part(retry(now: now), losesAt: 6),
            Part(retryKey, losesAt: 1, isJoined: true), Part(roundTrip, losesAt: 3), Part(lastResume, losesAt: 5),
            Part(resumes, losesAt: 2, isJoined: true),
            Part(label("outbox \(waiting)", waiting > 0 ? .warning : .statusLatency), losesAt: 4, isRight: true),
            Part(working(now: now, wallClock: wallClock), losesAt: 3, isRight: true),
        ].filter { $0.line.columns > 0 }
        func columns(of parts: [Part]) -> Int {
            parts.reduce(1) { $0 + $1.line.columns + ($1.isJoined ? 1 : 2) }
        }
        let room = end - columns(of: parts)
        if room >= Model.reasonColumnsMinimum, reason.columns > 0 {
            parts.append(Part(reason.clipped(to: room, mark: glyphs.ellipsis), losesAt: 0, isRight: true))
        }
        while parts.count > 1, columns(of: parts) - 2 > end {
            guard let weakest = parts.indices.min(by: { parts[$0].losesAt < parts[$1].losesAt }) else { break }
            parts.remove(at: weakest)
        }

        var line = Line()
        line.add(" ", theme[.status])
        for part in parts where !part.isRight { line.add(part, theme[.status]) }
        var right = Line()
        for part in parts.reversed() where part.isRight { right.add(part, theme[.status]) }
        if right.columns > 0 {
            line.pad(to: end - right.columns, theme[.status])
            line.add(right)
        }
        line.pad(to: size.columns, theme[.status])
        return line.clipped(to: size.columns, mark: glyphs.ellipsis)
    }

    /// A part of the row.
    fileprivate struct Part {
        var line: Line
        /// The order in which parts are dropped; the lowest is dropped first.
        var losesAt: Int
        /// Whether it is aligned to the right edge.
        var isRight: Bool
        /// Whether it follows the previous part after one space.
        var isJoined: Bool

        init(_ line: Line, losesAt: Int, isRight: Bool = false, isJoined: Bool = false) {
            self.line = line
            self.losesAt = losesAt
            self.isRight = isRight
            self.isJoined = isJoined
        }
    }

    private func label(_ text: String, _ role: Role) -> Line {
        var line = Line()
        line.add(text, theme[role])
        return line
    }

    private func state(now: Instant) -> Line {
        switch connection.state {
        case .connecting: label(glyphs.state("◔", "connecting"), .statusRetry)
        case .resuming: label(glyphs.state("◔", "resuming"), .statusRetry)
        case .live:
            if let roundTrip = connection.roundTrip, roundTrip > Model.slowRoundTrip {
                label(glyphs.state("◐", "slow"), .statusRetry)
            } else {
                label(glyphs.state("●", "live"), .statusLive)
            }
        case .offline(let since, _, _):
            label(
                glyphs.state("◌", "offline") + " " + TimeText.away(seconds: (now - since).milliseconds / 1000),
                .statusOffline)
        case .stopped(let why):
            label(glyphs.kind == .unicode ? "✕ \(why)" : "[stopped] \(why)", .statusOffline)
        }
    }

    private func retry(now: Instant) -> Line {
        guard case .offline(_, let attempt, let retryAt) = connection.state else { return Line() }
        let seconds = ((retryAt - now).milliseconds + 999) / 1000
        return label(seconds > 0 ? "retry \(attempt) in \(seconds)s" : "retry \(attempt) now", .statusRetry)
    }

    /// How long the turn has been running. Offline that is unknown, so nothing is shown.
    private func working(now: Instant, wallClock: Timestamp) -> Line {
        guard isLive, let turn else { return Line() }
        let (milliseconds, overflows) = Ticks.stepped(wallClock, at: now).subtractingReportingOverflow(turn.startedAt)
        let elapsed = TimeText.running(seconds: overflows ? 0 : milliseconds / 1000)
        let mark = glyphs.kind == .unicode ? glyphs.spinner(Ticks.spinnerStep(at: now)) + " " : ""
        return label("\(mark)working \(elapsed)", .toolRunning)
    }

    private var retryKey: Line {
        switch connection.state {
        case .offline, .stopped: label("(F5 now)", .statusLatency)
        case .connecting, .resuming, .live: Line()
        }
    }

    private var roundTrip: Line {
        guard isLive, let roundTrip = connection.roundTrip else { return Line() }
        return label("rtt \(TimeText.latency(roundTrip))", .statusLatency)
    }

    private var lastResume: Line {
        guard isLive, let last = connection.resumes.last else { return Line() }
        return label("\(glyphs.resume) \(TimeText.latency(last.latency))", .statusLatency)
    }

    private var resumes: Line {
        guard isLive else { return Line() }
        return Sparkline.line(connection.resumes.suffix(ConnectionStatus.Resume.kept).map(\.latency), glyphs, theme)
    }

    /// The reason of the last failed attempt, while offline.
    private var reason: Line {
        guard case .offline = connection.state, let failure = connection.lastFailure else { return Line() }
        return label(failure, .statusLatency)
    }
}

extension Line {
    fileprivate mutating func add(_ part: Model.Part, _ style: Style) {
        if columns > 1 { add(part.isJoined ? " " : "  ", style) }
        add(part.line)
    }

    /// The line truncated to a width, with a mark where it was cut.
    func clipped(to width: Int, mark: String) -> Line {
        if columns <= width { return self }
        var line = Line()
        for span in spans {
            let room = width - line.columns
            if span.text.columns > room {
                line.add(span.text.clipped(to: room, mark: mark), span.style)
                break
            }
            line.add(span.text, span.style)
        }
        return line
    }
}
