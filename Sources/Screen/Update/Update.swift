import Sync
public import Wire

/// Updates the model for an event.
///
/// - Parameters:
///   - model: The state of the screen.
///   - intent: The event.
///   - now: The monotonic clock.
///   - wallClock: The wall clock at the same moment, in milliseconds since 1970.
/// - Returns: The commands to be executed, in this order.
public func update(_ model: inout Model, _ intent: Intent, now: Instant, wallClock: Timestamp) -> [Command] {
    model.clock = Model.ClockReading(now: now, wallClock: wallClock)
    if let flash = model.flash, flash.until <= now { model.flash = nil }
    var commands: [Command] = []
    switch intent {
    case .key(let key):
        let before = model.editor
        commands = model.press(key, now: now, wallClock: wallClock)
        if model.editor != before, model.search == nil, model.find == nil { commands += model.refreshCompletion() }
    case .resized(let size):
        let hadRoom = model.hasRoomForChats
        model.resize(to: size, now: now, wallClock: wallClock)
        if model.hasRoomForChats, !hadRoom { commands = [.listChats] }
    case .connection(let status): commands = model.take(status, now: now, wallClock: wallClock)
    case .surroundings(let branch, let token): (model.branch, model.token) = (branch.label, token.label)
    case .memory(let memory): model.activity.take(memory: memory)
    case .path(let path): model.network.take(path, at: wallClock)
    case .painted: model.network.painted(at: now)
    case .opened(let title, let folder, let agent):
        model.open(title: title, folder: folder, agent: agent)
    case .welcome(let welcome): model.welcome = welcome.sanitized
    case .copies(let title): model.copyOf = title.label
    case .entries(let entries):
        let before = model.attention
        let isMissed = (entries.first?.timestamp ?? .max) < model.backAt ?? .min
        model.arrive(entries, isWatched: model.hasFocus && !isMissed, now: now, wallClock: wallClock)
        model.newsAt = now
        commands = model.notifications(since: before)
    case .missed(let entries): model.arrive(entries, isWatched: false, now: now, wallClock: wallClock)
    case .next(let key): model.next = key
    case .older(let page, let hasMore):
        model.transcript.keepAnchor(with: model.painter(now: now, wallClock: wallClock)) { transcript in
            transcript.takeOlder(page, hasMore: hasMore)
        }
    case .filled:
        model.transcript.keepAnchor(with: model.painter(now: now, wallClock: wallClock)) { $0.filled() }
    case .newer(let page): model.transcript.takeNewer(page)
    case .replaced(let page, let hasMore): model.replace(with: page, hasMore: hasMore)
    case .state(let plan, let turn, let questions, let answers):
        model.take(plan)
        model.box.replace(with: questions, answers: answers)
        model.turn = turn.flatMap { $0.isRunning ? Model.RunningTurn(id: $0.id, startedAt: $0.startedAt) : nil }
    case .offers(let agent):
        model.take(offersIn: ConfigOption.update(agent.options).json)
        let commands: JSON = [
            "sessionUpdate": "available_commands_update", "availableCommands": .array(agent.commands),
        ]
        model.take(offersIn: commands)
    case .outbox(let items):
        model.outbox.replace(with: items)
        model.showOutbox()
    case .tookBack(let text): commands = model.takeBack(text)
    case .prompts(let ofChat, let everywhere): model.take(prompts: ofChat, everywhere: everywhere)
    case .files(let paths): model.take(files: paths, now: now)
    case .edited(let text): commands = model.edited(text)
    case .draft(let text):
        // Text that was typed before the draft was loaded is newer.
        if model.editor.isEmpty { model.editor.replace(with: text) }
    case .sessions(let items):
        model.rewrap(now: now, wallClock: wallClock) { commands = $0.take(items) }
    case .chats(let items):
        model.rewrap(now: now, wallClock: wallClock) { $0.list(items) }
        commands = model.relist()
    case .sessionsKnown: commands = model.showKnown()
    case .news(let news):
        let earlier = model.news
        model.news = Dictionary(uniqueKeysWithValues: news.map { ($0, $1.following(earlier[$0])) })
    case .newsOf(let session, let news): commands = model.take(news, of: session, now: now)
    case .preview(let preview): model.picker?.preview = preview
    case .found(let texts, let words, let isHere, let isComplete):
        model.take(found: texts, for: words, isHere: isHere, isComplete: isComplete)
    case .jump(let seq): commands = model.jump(to: seq)
    case .notice(let text): model.transcript.append(ownLine: .gap, text, at: wallClock)
    case .restyled(let theme): model.restyle(now: now, wallClock: wallClock) { $0.theme = theme }
    case .copied(let ways): model.copied(by: ways, now: now)
    case .glyphs(let set): model.restyle(now: now, wallClock: wallClock) { $0.glyphsPossible = set }
    case .tick: break
    }
    return commands + model.settle(now: now, wallClock: wallClock)
}

extension Model {
    /// Other glyphs have other widths, so the line that is read is kept where it is.
    fileprivate mutating func restyle(now: Instant, wallClock: Timestamp, _ change: (inout Model) -> Void) {
        let painter = painter(now: now, wallClock: wallClock)
        change(&self)
        transcript.rewrap(from: painter, to: self.painter(now: now, wallClock: wallClock))
    }

    /// Shows another chat: nothing of the last one stays but what is in the input.
    fileprivate mutating func open(title: String?, folder: String, agent: String) {
        (self.folder, self.agent) = (folder.label, agent.label)
        self.title = heading(title?.label)
        if let draft = search?.draft ?? find?.draft { editor = draft }
        (find, places) = (nil, nil)
        (picker, page, search, completion, welcome, next, editorLeft) = (nil, nil, nil, nil, nil, nil, nil)
        (backAt, copyOf) = (nil, nil)
        (agentCommands, options, files, prompts) = ([], [], FileNames(), PromptHistory())
    }

    fileprivate mutating func resize(to size: Size, now: Instant, wallClock: Timestamp) {
        rewrap(now: now, wallClock: wallClock) { $0.size = size }
    }

    /// Changes what the width of the transcript depends on; its layouts stay when it has the same afterwards.
    mutating func rewrap(now: Instant, wallClock: Timestamp, while change: (inout Model) -> Void) {
        let (columns, painter) = (transcriptColumns, painter(now: now, wallClock: wallClock))
        change(&self)
        guard transcriptColumns != columns else { return }
        transcript.rewrap(from: painter, to: self.painter(now: now, wallClock: wallClock))
    }

    fileprivate mutating func take(_ status: ConnectionStatus, now: Instant, wallClock: Timestamp) -> [Command] {
        let wasLive = isLive
        network.take(status, after: connection, now: now, wallClock: wallClock)
        let wasConnected = connection.state.isConnected
        connection = status
        connection.lastFailure = status.lastFailure?.label
        connection.agents = status.agents.map(\.label)
        if case .stopped(let why) = status.state { connection.state = .stopped(why.label) }
        if connection.state.isConnected != wasConnected { showOutbox() }
        if !isLive { news = news.mapValues(\.asLastHeard) }
        return isLive && !wasLive ? [.askForNews] : []
    }

    fileprivate mutating func take(_ plan: [PlanEntry]) {
        self.plan = plan.map {
            PlanEntry(content: $0.content.label, priority: $0.priority, status: $0.status)
        }
    }

    /// The agent's own commands, and what can be set, are the newest that it announced.
    fileprivate mutating func take(offersIn update: JSON) {
        if update["sessionUpdate"] == "config_option_update" {
            options = (update["configOptions"]?.array ?? []).compactMap(ConfigOption.init)
        }
        if let commands = AgentCommand.announced(in: update) { agentCommands = commands }
        _ = refreshCompletion()
    }

    /// Shows the prompts of the outbox after the transcript.
    mutating func showOutbox() {
        transcript.tail = outbox.blocks(isConnected: connection.state.isConnected, glyphs: glyphs)
    }

    fileprivate mutating func arrive(_ entries: [Entry], isWatched: Bool, now: Instant, wallClock: Timestamp) {
        var hasEcho = false
        if !entries.isEmpty { copyOf = nil }
        for entry in entries where entry.seq > transcript.newestSeen {
            activity.fold(entry)
            if let id = entry.clientMessageID {
                outbox.echo(id)
                hasEcho = true
            }
            switch entry.body {
            case .update(.plan(let plan)): take(plan)
            case .event(.turnStart(let id, _)): turn = RunningTurn(id: id, startedAt: entry.timestamp)
            case .event(.turnEnd(let id, _)):
                if turn?.id == id { turn = nil }
            case .event(.request(let question)): box.ask(question, at: entry.timestamp)
            case .event(.requestResolved(let resolution)): resolve(resolution, now: now, wallClock: wallClock)
            case .update(.other(let json)): take(offersIn: json)
            case .update, .event: break
            }
        }
        transcript.arrive(entries, isWatched: isWatched)
        if hasEcho { showOutbox() }
    }

    fileprivate mutating func replace(with page: [Entry], hasMore: Bool) {
        activity = Activity()
        for entry in page {
            activity.fold(entry)
            if let id = entry.clientMessageID { outbox.echo(id) }
            switch entry.body {
            case .update(.userMessage(let chunk)): if let text = chunk.content.text { prompts.add(text) }
            case .update(.other(let json)): take(offersIn: json)
            case .update, .event: break
            }
        }
        transcript.replace(with: page, hasMore: hasMore)
        showOutbox()
    }

    /// Updates everything that depends on other parts of the model, and requests pages near an edge of the window.
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

    /// Shows a message instead of the hints for a moment.
    mutating func flash(_ text: String, now: Instant, for duration: Duration = Flash.duration) {
        flash = Flash(text: text, until: now + duration)
    }
}
