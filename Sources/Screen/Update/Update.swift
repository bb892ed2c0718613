import Sync
public import Wire

/// Changes the model because something happened.
///
/// - Parameters:
///   - model: What the screen shows.
///   - intent: What happened.
///   - now: The moment, on the clock that never jumps.
///   - wallClock: The same moment as the user's clock says it, in milliseconds since 1970.
/// - Returns: What the program is to do, in this order.
public func update(_ model: inout Model, _ intent: Intent, now: Instant, wallClock: Timestamp) -> [Command] {
    model.clock = Model.ClockReading(now: now, wallClock: wallClock)
    if let flash = model.flash, flash.until <= now { model.flash = nil }
    var commands: [Command] = []
    switch intent {
    case .key(let key): commands = model.press(key, now: now, wallClock: wallClock)
    case .resized(let size): model.resize(to: size, now: now, wallClock: wallClock)
    case .connection(let status): model.take(status)
    case .opened(let title, let folder, let agent):
        (model.title, model.folder, model.agent) = (title.label, folder.label, agent.label)
        model.picker = nil
    case .entries(let entries): model.arrive(entries)
    case .older(let page, let hasMore):
        model.transcript.keepAnchor(with: model.painter(now: now, wallClock: wallClock)) { transcript in
            transcript.takeOlder(page, hasMore: hasMore)
        }
    case .filled:
        model.transcript.keepAnchor(with: model.painter(now: now, wallClock: wallClock)) { $0.filled() }
    case .newer(let page): model.transcript.takeNewer(page)
    case .replaced(let page, let hasMore): model.replace(with: page, hasMore: hasMore)
    case .state(let plan, let turn):
        model.take(plan)
        model.turn = turn.flatMap { $0.isRunning ? Model.RunningTurn(id: $0.id, startedAt: $0.startedAt) : nil }
    case .outbox(let items):
        model.outbox.replace(with: items)
        model.showOutbox()
    case .draft(let text):
        // What was typed before the draft was found is newer.
        if model.editor.isEmpty { model.editor.replace(with: text) }
    case .sessions(let items): model.picker = SessionPicker(items)
    case .notice(let text): model.transcript.append(ownLine: .gap, text, at: wallClock)
    case .tick: break
    }
    return commands + model.settle(now: now, wallClock: wallClock)
}

extension Model {
    fileprivate mutating func resize(to size: Size, now: Instant, wallClock: Timestamp) {
        guard size.columns != self.size.columns else {
            self.size = size
            return
        }
        let painter = painter(now: now, wallClock: wallClock)
        self.size = size
        transcript.rewrap(from: painter, to: self.painter(now: now, wallClock: wallClock))
    }

    fileprivate mutating func take(_ status: ConnectionStatus) {
        let wasConnected = connection.state.isConnected
        connection = status
        connection.lastFailure = status.lastFailure?.label
        if case .stopped(let why) = status.state { connection.state = .stopped(why.label) }
        if connection.state.isConnected != wasConnected { showOutbox() }
    }

    fileprivate mutating func take(_ plan: [PlanEntry]) {
        self.plan = plan.map {
            PlanEntry(content: $0.content.label, priority: $0.priority, status: $0.status)
        }
    }

    /// Shows the prompts that wait, after the transcript.
    mutating func showOutbox() {
        transcript.tail = outbox.blocks(isConnected: connection.state.isConnected, glyphs: glyphs)
    }

    fileprivate mutating func arrive(_ entries: [Entry]) {
        var hasEcho = false
        for entry in entries where entry.seq > transcript.newestSeen {
            if let id = entry.clientMessageID {
                outbox.echo(id)
                hasEcho = true
            }
            switch entry.body {
            case .update(.plan(let plan)): take(plan)
            case .event(.turnStart(let id, _)): turn = RunningTurn(id: id, startedAt: entry.timestamp)
            case .event(.turnEnd(let id, _)):
                if turn?.id == id { turn = nil }
            case .update, .event: break
            }
        }
        transcript.arrive(entries)
        if hasEcho { showOutbox() }
    }

    fileprivate mutating func replace(with page: [Entry], hasMore: Bool) {
        for entry in page {
            if let id = entry.clientMessageID { outbox.echo(id) }
            if case .update(.userMessage(let chunk)) = entry.body, let text = chunk.content.text { prompts.add(text) }
        }
        transcript.replace(with: page, hasMore: hasMore)
        showOutbox()
    }

    /// Brings what depends on everything else up to date, and asks for pages when an edge of what is held is near.
    fileprivate mutating func settle(now: Instant, wallClock: Timestamp) -> [Command] {
        let regions = regions
        if regions.isTooSmall { return [] }
        let height = regions.transcript.count
        let near = transcript.settle(
            height: height, reach: height, with: painter(now: now, wallClock: wallClock))
        var commands: [Command] = []
        if near.above < height, let seq = transcript.askOlder() { commands.append(.loadOlder(before: seq)) }
        if near.below < height, let seq = transcript.askNewer() { commands.append(.loadNewer(after: seq)) }
        return commands
    }

    /// Shows a line in the place of the hints for a moment.
    mutating func flash(_ text: String, now: Instant, for duration: Duration = Flash.duration) {
        flash = Flash(text: text, until: now + duration)
    }
}
