import Sync
import Wire

/// The status row: the state of the connection, and its latencies.
extension Model {
    /// The fewest columns in which a truncated reason is still useful.
    private static let reasonColumnsMinimum = 16

    /// Draws the status row. On a narrow screen parts are dropped in a fixed order, the state and the last resume last.
    /// The reason of a failure gets the remaining room, and is truncated to it.
    func statusLine(now: Instant, wallClock: Timestamp) -> Line {
        let end = size.columns - 1
        var parts = (linkParts(now: now) + workParts(now: now, wallClock: wallClock)).filter { $0.line.columns > 0 }
        func columns(of parts: [Part]) -> Int {
            parts.reduce(1) { $0 + $1.line.columns + ($1.isJoined ? 1 : 2) }
        }
        let room = end - columns(of: parts)
        if room >= Model.reasonColumnsMinimum, reason.columns > 0 {
            parts.insert(Part(reason.clipped(to: room, mark: glyphs.ellipsis), losesAt: 0, isRight: true), at: 0)
        }
        while parts.count > 1, columns(of: parts) - 2 > end {
            guard let weakest = parts.indices.min(by: { parts[$0].losesAt < parts[$1].losesAt }) else { break }
            parts.remove(at: weakest)
        }

        var line = Line()
        line.add(" ", theme[.status])
        for part in parts where !part.isRight { line.add(part, theme[.status]) }
        var right = Line()
        for part in parts where part.isRight { right.add(part, theme[.status]) }
        if right.columns > 0 {
            line.pad(to: end - right.columns, theme[.status])
            line.add(right)
        }
        line.pad(to: size.columns, theme[.status])
        return line.clipped(to: size.columns, mark: glyphs.ellipsis)
    }

    /// The connection, at the left. Of all parts the one with the lowest number is dropped first.
    private func linkParts(now: Instant) -> [Part] {
        [
            Part(state(now: now), losesAt: 12), Part(retry(now: now), losesAt: 10),
            Part(retryKey, losesAt: 2, isJoined: true), Part(roundTrip, losesAt: 7), Part(lastResume, losesAt: 11),
            Part(resumes, losesAt: 6, isJoined: true),
        ]
    }

    /// The agent's work and what it costs, at the right; what only a wide screen has room for is dropped first.
    private func workParts(now: Instant, wallClock: Timestamp) -> [Part] {
        let waiting = outbox.waiting.count
        let outbox = label("outbox \(waiting)", waiting > 0 ? .warning : .statusLatency)
        return [
            Part(working(now: now, wallClock: wallClock), losesAt: 8, isRight: true),
            Part(cached, losesAt: 3, isRight: true), Part(outbox, losesAt: 9, isRight: true),
            Part(mirror, losesAt: 3, isRight: true), Part(planAndTools, losesAt: 4, isRight: true),
            Part(contextFill, losesAt: 5, isRight: true), Part(tokensUsed, losesAt: 2, isRight: true),
            Part(themeName, losesAt: 1, isRight: true),
        ]
    }

    /// From this width on the row also has what the panel or the configuration says.
    private var isWideStatus: Bool { size.columns >= 120 }

    /// Until when what is shown is known, while offline.
    private var cached: Line {
        guard case .offline = connection.state, let newest = activity.newestAt else { return Line() }
        return label("cached \(TimeText.clock(newest, zone))", .statusLatency)
    }

    private var mirror: Line {
        if connection.entriesLacking > 0 { return label("fetching \(connection.entriesLacking)", .statusLatency) }
        return isWideStatus && isLive && activity.newestAt != nil ? label("mirror ok", .statusLatency) : Line()
    }

    /// The plan and the tools in short, where the panel is closed or there is much room.
    private var planAndTools: Line {
        guard isWideStatus else { return Line() }
        let running = activity.tools.runningCount
        let plan = WorkflowPosition(plan: plan).map { "plan \($0.completed)/\($0.count)" }
        let tools = running > 0 && isLive ? "\(running) tool\(running == 1 ? "" : "s")" : nil
        return label([plan, tools].compactMap(\.self).joined(separator: "  "), .statusLatency)
    }

    private var contextFill: Line {
        guard let percent = activity.usage?.percent else { return Line() }
        return label("ctx \(percent)%", percent >= 90 ? .warning : .statusLatency)
    }

    private var tokensUsed: Line {
        guard let usage = activity.usage else { return Line() }
        let tokens = "\(Usage.count(usage.used)) tok"
        return label(([tokens] + [usage.cost].compactMap(\.self)).joined(separator: "  "), .statusLatency)
    }

    private var themeName: Line {
        let variant = theme.variant.map { " (\($0.rawValue))" } ?? ""
        return isWideStatus ? label("theme: \(theme.name.label)\(variant)", .statusLatency) : Line()
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

    /// The state of the connection, with its mark.
    func state(now: Instant) -> Line {
        switch connection.state {
        case .connecting: label(glyphs.state("◔", "connecting"), .statusRetry)
        case .resuming: label(glyphs.state("◔", "resuming"), .statusRetry)
        case .live:
            connection.isSlow
                ? label(glyphs.state("◐", "slow"), .statusRetry) : label(glyphs.state("●", "live"), .statusLive)
        case .offline(let since, _, _):
            label(
                glyphs.state("◌", "offline") + " " + TimeText.away(seconds: (now - since).milliseconds / 1000),
                .statusOffline)
        case .stopped where connection.needsLogin: label(glyphs.state("✕", "login needed"), .statusOffline)
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
        let (milliseconds, overflows) = stepped(wallClock, at: now).subtractingReportingOverflow(turn.startedAt)
        let elapsed = TimeText.running(seconds: overflows ? 0 : milliseconds / 1000)
        let mark = glyphs.kind == .unicode ? glyphs.spinner(spinnerStep(at: now)) + " " : ""
        return label("\(mark)working \(elapsed)", .toolRunning)
    }

    private var retryKey: Line {
        switch connection.state {
        case .stopped where connection.isOver: Line()
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
        return Sparkline.line(connection.resumes.suffix(Sparkline.kept).map(\.latency), glyphs, theme)
    }

    /// The reason of the last failed attempt, while offline, and why a login is needed.
    private var reason: Line {
        switch connection.state {
        case .offline: connection.lastFailure.map { label($0, .statusLatency) } ?? Line()
        case .stopped(let why): connection.needsLogin ? label(why, .statusLatency) : Line()
        case .connecting, .resuming, .live: Line()
        }
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
                line.add(span.text.clipped(to: room, mark: mark), span.style, link: span.link)
                break
            }
            line.add(span.text, span.style, link: span.link)
        }
        return line
    }
}
