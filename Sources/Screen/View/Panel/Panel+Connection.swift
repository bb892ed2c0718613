import Sync
import Wire

/// The part of the panel about the connection: its state, the way, latencies, and where the time of the last resume went.
extension Model {
    /// How many round trips a sparkline shows.
    private static let roundTripsShown = 12

    func connectionPart(_ room: PanelRoom) -> [Line] {
        var lines = [panelTitle("Connection", "", room), stateLine(room)]
        if let path = network.path {
            lines.append(panelLine("net", [(way(path), .text)], room))
        }
        if isLive, let roundTrip = connection.roundTrip {
            var line = panelLine("rtt", [(padded(TimeText.latency(roundTrip)), .statusLatency)], room)
            line.add(Sparkline.line(Array(network.roundTrips.suffix(Model.roundTripsShown)), glyphs, theme))
            lines.append(line)
        }
        lines += resumeLines(room)
        if activity.newestAt != nil || connection.entriesLacking > 0 {
            let lacking = connection.entriesLacking
            let words = "\(TimeText.grouped(transcript.newestSeen)) entries, "
            let state = lacking > 0 ? "\(TimeText.grouped(lacking)) to come" : isLive ? "in sync" : "as of then"
            lines.append(panelLine("mirror", [(words + state, .text)], room))
        }
        if !token.isEmpty { lines.append(panelLine("token", [(token, .text)], room)) }
        return lines
    }

    private func stateLine(_ room: PanelRoom) -> Line {
        var line = Line()
        line.pad(to: 2)
        line.add(state(now: room.now))
        if let since = network.liveSince { line.add(" since \(TimeText.clock(since, zone))", theme[.textMuted]) }
        return line
    }

    private func way(_ path: NetworkPath) -> String {
        guard let change = network.change, let from = change.from else { return path.name(besides: nil) }
        let arrow = glyphs.own("→")
        return "\(from.name(besides: path)) \(arrow) \(path.name(besides: from)) (\(TimeText.clock(change.at, zone)))"
    }

    private func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(2, 8 - text.columns))
    }

    private func resumeLines(_ room: PanelRoom) -> [Line] {
        guard let last = network.resumes.last else { return [] }
        let latencies = network.resumes.suffix(Sparkline.kept).map(\.measured.latency)
        var first = panelLine("resume", [(padded(TimeText.latency(last.measured.latency)), .statusLatency)], room)
        first.add(Sparkline.line(latencies, glyphs, theme))
        first.add(" n=\(network.resumes.count)", theme[.textMuted])
        var lines = [first]
        if let half = network.percentile(0.5), let most = network.percentile(0.95) {
            let text = "p50 \(TimeText.latency(half))  p95 \(TimeText.latency(most))"
            lines.append(panelLine("", [(text, .textMuted)], room))
        }
        // Two parts a line, so that each keeps its column.
        let parts = last.measured.parts(paint: last.paint).map { "\($0.name) \(TimeText.latency($0.took))" }
        for index in stride(from: 0, to: parts.count, by: 2) {
            let second = index + 1 < parts.count ? parts[index + 1] : ""
            let text = parts[index].padding(to: 14) + second
            lines.append(panelLine(index == 0 ? "last" : "", [(text, .textMuted)], room))
        }
        return lines
    }
}

extension String {
    /// The text with spaces behind it, up to a width.
    func padding(to columns: Int) -> String { self + String(repeating: " ", count: max(0, columns - self.columns)) }
}
