import Sync
import Wire

/// The parts of the panel about the plan, the tools and what they cost.
extension Model {
    /// The plan: its steps with their times, and a bar.
    func planPart(_ room: PanelRoom, rows: Int) -> [Line] {
        guard let position = WorkflowPosition(plan: plan), rows >= 2 else { return [] }
        var lines = [panelTitle("Plan", "\(position.completed) of \(position.count)", room)]
        let hasBar = rows >= 4
        let shown = max(1, min(plan.count, rows - (hasBar ? 2 : 1)))
        // The present step and the two before it stay in sight.
        let first = max(0, min(position.step - 3, plan.count - shown))
        for index in first..<first + shown { lines.append(step(index, room)) }
        if hasBar { lines.append(bar(completed: position.completed, of: position.count, room)) }
        return lines
    }

    private func step(_ index: Int, _ room: PanelRoom) -> Line {
        let entry = plan[index]
        let (mark, role): (String, Role) =
            switch entry.status {
            case .completed: (glyphs.planDone, .planDone)
            case .inProgress: (glyphs.planNow, .planNow)
            case .pending: ("", .planTodo)
            }
        let columns = glyphs.planDone.columns
        let number = "\(index + 1)"
        let time = time(of: index, room)
        var line = Line()
        line.pad(to: 2)
        line.add(mark, theme[role])
        line.pad(to: 3 + columns + max(0, "\(plan.count)".columns - number.columns))
        line.add(number + " ", theme[role])
        let end = room.columns - 1 - (time.isEmpty ? 0 : time.columns + 1)
        line.add(entry.content.clipped(to: max(0, end - line.columns), mark: glyphs.ellipsis), theme[role])
        if !time.isEmpty {
            line.pad(to: room.columns - 1 - time.columns)
            line.add(time, theme[.textMuted])
        }
        return line
    }

    /// How long a step took, or has been taking: the latter only while it is known that the agent works on it.
    private func time(of index: Int, _ room: PanelRoom) -> String {
        guard let step = activity.times[index, plan[index].content], let began = step.startedAt else { return "" }
        if let took = step.tookMilliseconds { return TimeText.took(milliseconds: took) }
        guard isLive, turn != nil else { return "" }
        let (running, overflows) = stepped(room.wallClock, at: room.now).subtractingReportingOverflow(began)
        return overflows ? "" : TimeText.running(seconds: running / 1_000)
    }

    private func bar(completed: Int, of count: Int, _ room: PanelRoom) -> Line {
        let percent = "\(completed * 100 / count)%"
        var line = Line()
        line.pad(to: 2)
        line.add(meter(Double(completed) / Double(count), columns: room.columns - 12, full: .planDone))
        line.pad(to: room.columns - 1 - percent.columns)
        line.add(percent, theme[.textMuted])
        return line
    }

    /// A bar of so many columns, filled as far as a share says.
    private func meter(_ share: Double, columns: Int, full role: Role) -> Line {
        let cells = max(1, columns - glyphs.barOpen.columns - glyphs.barClose.columns)
        let full = max(0, min(cells, Int(min(1, share) * Double(cells))))
        var line = Line()
        line.add(glyphs.barOpen, theme[.planTodo])
        line.add(String(repeating: glyphs.barFull, count: full), theme[role])
        line.add(String(repeating: glyphs.barEmpty, count: cells - full), theme[.planTodo])
        line.add(glyphs.barClose, theme[.planTodo])
        return line
    }

    // MARK: Tools

    /// How many calls are listed.
    private static let toolsShown = 4

    /// The newest tool calls, newest first.
    func toolsPart(_ room: PanelRoom) -> [Line] {
        let calls = activity.tools.calls.suffix(Model.toolsShown).reversed()
        guard !calls.isEmpty else { return [] }
        let running = activity.tools.runningCount
        let count = running == 0 ? "" : isLive ? "\(running) run" : "\(running) unknown"
        return [panelTitle("Tools now", count, room)] + calls.map { tool($0, room) }
    }

    private func tool(_ call: RecentTools.Call, _ room: PanelRoom) -> Line {
        let isKnown = isLive && turn != nil
        let (mark, role): (String, Role) =
            switch call.status {
            case .completed: (glyphs.toolDone, .toolDone)
            case .failed: (glyphs.toolFailed, .toolFailed)
            case .pending where isKnown: (glyphs.toolPending, .toolRunning)
            case .inProgress where isKnown: (glyphs.spinner(spinnerStep(at: room.now)), .toolRunning)
            case .pending, .inProgress: (glyphs.toolUnknown, .textMuted)
            }
        let end = call.endedAt ?? (isKnown ? stepped(room.wallClock, at: room.now) : nil)
        let took = end.map { $0.subtractingReportingOverflow(call.startedAt) }
        var time = ""
        if let took, !took.overflow {
            time =
                call.endedAt == nil
                ? TimeText.running(seconds: took.partialValue / 1_000)
                : TimeText.took(milliseconds: took.partialValue)
        }
        var line = Line()
        line.pad(to: 2)
        line.add(mark, theme[role])
        line.pad(to: 3 + glyphs.toolColumns)
        let room = room.columns - 1 - (time.isEmpty ? 0 : time.columns + 1)
        line.add(call.title.clipped(to: max(0, room - line.columns), mark: glyphs.ellipsis), theme[.tool])
        if !time.isEmpty {
            line.pad(to: room + 1)
            line.add(time, theme[.textMuted])
        }
        return line
    }

    // MARK: Usage

    /// How full the context is, and what the session cost.
    func usagePart(_ room: PanelRoom) -> [Line] {
        guard let usage = activity.usage else { return [] }
        var line = Line()
        line.pad(to: 2)
        if let percent = usage.percent {
            line.add("ctx \(percent)% ", theme[.text])
            line.add(meter(Double(usage.used) / Double(usage.size), columns: 10, full: .plan))
            line.add("  \(Usage.count(usage.used)) of \(Usage.count(usage.size))", theme[.textMuted])
        } else {
            line.add("\(Usage.count(usage.used)) tokens in the context", theme[.text])
        }
        return [panelTitle("Usage", usage.cost ?? "", room), line]
    }
}
