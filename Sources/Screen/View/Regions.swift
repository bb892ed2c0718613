/// The rows of the parts of the screen, from top to bottom; parts without room are left out.
struct Regions: Hashable, Sendable {
    /// On a smaller screen only a message is shown.
    static let smallest = Size(columns: 20, rows: 5)
    /// The most rows of the input.
    static let inputLinesMaximum = 8

    let isTooSmall: Bool
    let header: Int?
    let transcript: Range<Int>
    let question: Range<Int>
    /// The rows from the header to the rule, where the panel may stand.
    let panel: Range<Int>
    let plan: Int?
    let rule: Int?
    let input: Range<Int>
    let status: Int
    let hints: Int?

    init(of model: Model) {
        let rows = model.size.rows
        isTooSmall = model.size.columns < Regions.smallest.columns || rows < Regions.smallest.rows
        guard !isTooSmall else {
            (header, transcript, question, panel, plan, rule, input, status, hints) = (
                nil, 0..<0, 0..<0, 0..<0, nil, nil, 0..<0, 0, nil
            )
            return
        }
        var bottom = rows
        func takeRow(when hasRoom: Bool) -> Int? {
            guard hasRoom else { return nil }
            bottom -= 1
            return bottom
        }
        hints = takeRow(when: rows >= 16 && model.hasHints)
        bottom -= 1
        status = bottom
        let lines = model.inputRows(atMost: max(1, min(Regions.inputLinesMaximum, rows / 3))).rows.count
        input = bottom - lines..<bottom
        bottom -= lines
        rule = takeRow(when: rows >= 10)
        plan = takeRow(when: rows >= 8 && !model.plan.isEmpty && !model.isPanelBeside)
        header = rows >= 8 ? 0 : nil
        let top = header == nil ? 0 : 1
        panel = top..<max(top, bottom)
        // A question that the agent waits for is worth more than what stands above it, but for one row of that.
        let asked = max(0, min(model.questionRows().count, bottom - top - 1))
        question = bottom - asked..<bottom
        bottom -= asked
        // An empty row between the transcript and the input.
        _ = takeRow(when: rows >= 20 && bottom > top)
        transcript = top..<max(top, bottom)
    }
}
