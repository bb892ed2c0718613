import Sync
import Wire

extension Model {
    /// The plan in one row: progress, the present step, a bar, the next step, and the key that shows all of it.
    func planLine(now: Instant, wallClock: Timestamp) -> Line {
        var line = Line()
        guard let position = WorkflowPosition(plan: plan) else { return line }
        let key = "^T"
        let end = size.columns - 1 - (size.columns >= 40 ? key.columns + 2 : 0)
        let count = "\(position.completed)/\(position.count)"
        line.pad(to: 1)
        if size.columns >= 40 { line.add("Plan ", theme[.plan]) }
        line.add(count, theme[position.completed == position.count ? .planDone : .plan])
        line.add("  ", .plain)

        let isDone = position.completed == position.count
        let bar = planBar(completed: position.completed, of: position.count)
        let barColumns = size.columns >= 40 ? bar.columns + 2 : 0
        let mark = isDone ? glyphs.planDone : glyphs.planNow
        let room = max(0, end - line.columns - mark.columns - 1 - barColumns)
        line.add(mark + " ", theme[isDone ? .planDone : .planNow])
        // That it is the user who is waited for is worth more than the end of the step.
        let waits = box.isWaiting && !isDone ? " (waiting for you)" : ""
        let hasWaits = waits.columns + 8 <= room
        let step = isDone ? "done" : plan[position.step - 1].content
        line.add(
            step.clipped(to: room - (hasWaits ? waits.columns : 0), mark: glyphs.ellipsis),
            theme[isDone ? .planDone : .planNow])
        if hasWaits { line.add(waits, theme[.permission]) }
        if barColumns > 0 {
            line.add("  ", .plain)
            line.add(bar)
        }
        if let next = nextStep(after: position) {
            let label = "  next: "
            let left = end - line.columns - label.columns
            if left >= 12 {
                line.add(label, theme[.planTodo])
                line.add(next.clipped(to: left, mark: glyphs.ellipsis), theme[.planTodo])
            }
        }
        if size.columns >= 40 {
            line.pad(to: size.columns - 1 - key.columns)
            line.add(key, theme[.textMuted])
        }
        return line
    }

    /// The first step that is neither completed nor the present one.
    private func nextStep(after position: WorkflowPosition) -> String? {
        plan.indices.first { $0 > position.step - 1 && plan[$0].status == .pending }.map { plan[$0].content }
    }

    /// The progress bar: one cell per step, or ten cells when there are more.
    private func planBar(completed: Int, of count: Int) -> Line {
        let cells = min(count, 10)
        let full = completed * cells / count
        var bar = Line()
        bar.add(glyphs.barOpen, theme[.planTodo])
        bar.add(String(repeating: glyphs.barFull, count: full), theme[.planDone])
        bar.add(String(repeating: glyphs.barEmpty, count: cells - full), theme[.planTodo])
        bar.add(glyphs.barClose, theme[.planTodo])
        return bar
    }
}
