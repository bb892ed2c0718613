import Sync
public import Wire

/// The chat as plain lines, for screen readers, dumb terminals and the shells of editors: every line says who speaks,
/// nothing is ever printed twice or changed afterwards, and menus are numbered.
///
/// It is the same ``Model`` that the screen draws, fed with the same intents; the commands are those of ``update``.
/// Text that streams in is printed by whole lines.
public struct LineView: Hashable, Sendable {
    /// Numbers that are typed within this time after a question were meant for something else.
    static let guardTime = Duration.milliseconds(500)

    /// What a line or an event leads to.
    public struct Result: Hashable, Sendable {
        /// The lines to print, in order; safe to print.
        public var lines: [String] = []
        /// The commands to be executed, in order.
        public var commands: [Command] = []
    }

    var model: Model
    var speech = LineSpeech()
    /// What the next line that is typed answers; `nil` when it is a prompt or a command.
    var menu: LineMenu?
    /// Until when no number answers a question.
    var guardedUntil = Instant(nanoseconds: 0)
    private var stateSaid: LineSpeech.Link?
    private var planSaid: [PlanEntry] = []
    private var questionSaid: RequestKey?
    private var queuedSaid: Set<ClientMessageID> = []
    /// How many prompts were sent from here and have no end of a turn yet.
    public private(set) var unansweredCount = 0

    /// Creates an empty chat.
    ///
    /// - Parameters:
    ///   - zone: The user's offsets from UTC.
    ///   - echoesPrompts: Whether the user's own prompts are printed: not where the terminal shows what is typed.
    public init(zone: TimeZoneTable = TimeZoneTable(), echoesPrompts: Bool) {
        // Nothing is laid out, so neither the theme nor the size matters.
        model = Model(
            theme: Theme(name: "line", glyphSet: .ascii, spark: nil, looks: [:], canvas: Canvas()), glyphs: .ascii,
            size: Size(columns: 80, rows: 24), zone: zone)
        speech.echoesPrompts = echoesPrompts
    }

    /// Whether a turn runs.
    public var isWorking: Bool { model.turn != nil }

    /// Takes an event.
    public mutating func take(_ intent: Intent, now: Instant, wallClock: Timestamp) -> Result {
        var result = Result()
        if case .opened = intent {
            (stateSaid, planSaid, questionSaid, queuedSaid, menu) = (nil, [], nil, [], nil)
            (speech, unansweredCount) = (LineSpeech(echoesPrompts: speech.echoesPrompts), 0)
        }
        let wasFlash = model.flash
        result.commands = update(&model, intent, now: now, wallClock: wallClock)
        switch intent {
        case .opened:
            let parts = [model.agent, model.folder].filter { !$0.isEmpty }.joined(separator: " in ")
            result.lines.append("chat: \(model.title)" + (parts.isEmpty ? "" : ", \(parts)"))
        case .entries(let entries):
            for entry in entries {
                if case .event(.turnEnd) = entry.body { unansweredCount = max(0, unansweredCount - 1) }
                result.lines += speech.say(entry, zone: model.zone)
            }
        case .replaced(let page, _): result.lines += speech.recall(page, zone: model.zone)
        case .notice(let text): result.lines += speech.pause() + ["notice: \(text.paintedLine)"]
        case .welcome: result.lines += welcome
        case .copies: result.lines += model.copyNotice.map { ["notice: \($0)"] } ?? []
        case .sessions: result.lines += speech.pause() + openMenu(wallClock: wallClock)
        case .outbox(let items): result.lines += queued(items)
        default: break
        }
        result.lines += changes(now: now)
        if let flash = model.flash, flash != wasFlash { result.lines.append("notice: \(flash.text.paintedLine)") }
        return result
    }

    /// Takes a line that the user typed.
    public mutating func type(_ line: String, now: Instant, wallClock: Timestamp) -> Result {
        var result = Result()
        if let menu, let answered = answer(menu, line, now: now, wallClock: wallClock) {
            result = answered
        } else if let answered = answerQuestion(line, now: now) {
            result = answered
        } else if !line.isInvisible {
            model.editor.replace(with: line)
            result.commands = model.submit(now: now, wallClock: wallClock)
            model.editor.replace(with: "")
            if let page = model.page {
                result.lines += LineView.lines(of: page)
                model.page = nil
            }
        }
        unansweredCount += result.commands.count { if case .send = $0 { true } else { false } }
        if let flash = model.flash {
            result.lines.append("notice: \(flash.text.paintedLine)")
            model.flash = nil
        }
        result.lines += changes(now: now)
        return result
    }

    /// Takes ^C: it leaves a menu, and otherwise stops the turn, as Esc does on the screen; a second one within a second
    /// leaves the chat.
    public mutating func interrupt(now: Instant) -> Result {
        if let last = model.interruptedAt, now - last <= Model.leaveWithin { return Result(commands: [.quit]) }
        model.interruptedAt = now
        // The terminal has written ^C behind what was typed, and no end of the line.
        let end = [""] + speech.pause()
        if menu != nil {
            menu = nil
            model.box.leave()
            return Result(lines: end + ["menu: left"])
        }
        let leaving = "press ^C again to leave; the session goes on at the server"
        guard isWorking || unansweredCount > 0 else { return Result(lines: end + ["notice: \(leaving)"]) }
        return Result(lines: end + ["status: stopping the turn", "notice: \(leaving)"], commands: [.cancelTurn])
    }

    /// A prompt was not taken; the shell says why.
    public mutating func notSent() { unansweredCount = max(0, unansweredCount - 1) }

    // MARK: Changes

    /// The lines about what has changed and is no entry: the connection, the plan and the question that waits.
    private mutating func changes(now: Instant) -> [String] {
        var lines: [String] = []
        let link = LineSpeech.Link(model.connection)
        if link != stateSaid {
            lines += link.sentence(after: stateSaid, model, now: now).map { ["status: \($0)"] } ?? []
            stateSaid = link
        }
        if model.plan != planSaid {
            planSaid = model.plan
            lines += speech.pause() + plan
        }
        if let question = model.box.shown, question.given == nil, question.key != questionSaid {
            questionSaid = question.key
            guardedUntil = now + LineView.guardTime
            lines += speech.pause() + asked(question)
        }
        return lines
    }

    private var plan: [String] {
        guard let position = WorkflowPosition(plan: model.plan) else { return [] }
        if position.completed == position.count { return ["plan: all \(position.count) steps done"] }
        return ["plan: \(position.completed) of \(position.count) done, now: \(model.plan[position.step - 1].content)"]
    }

    private var welcome: [String] {
        let tries = model.suggestions.texts.map { "try: \($0)" }
        return tries + ["notice: /help lists the commands"]
    }

    /// Prompts that wait are said once, and so is why one was refused.
    private mutating func queued(_ items: [OutboxItem]) -> [String] {
        var lines: [String] = []
        for item in items {
            speech.isOurs(item.id)
            if case .refused(let reason) = item.state, queuedSaid.insert(item.id).inserted || stateSaid != nil {
                guard speech.refuse(item.id) else { continue }
                unansweredCount = max(0, unansweredCount - 1)
                lines.append("status: not accepted: \(reason.label)")
            } else if !model.connection.state.isConnected, queuedSaid.insert(item.id).inserted {
                lines.append("status: queued, and sent when the connection is back")
            }
        }
        return lines
    }

    static func lines(of page: TextPage) -> [String] {
        page.sections.flatMap { section in
            ["\(section.title):"] + section.rows.map { "\($0.term): \($0.text)".paintedLine }
        }
    }
}
