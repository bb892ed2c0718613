import Wire

/// One turn of a model: request, answer, tools, and again, until an answer calls no tool.
struct ModelTurn {
    /// How many times an answer that broke off is gone on with.
    static let continuationsMaximum = 3

    let turn: Turn
    /// The model that answers.
    let model: String
    let agent: ModelAgent
    let toolbox: Toolbox
    let host: any AgentHost
    var rounds: ModelRounds
    /// The conversation up to the prompt, which is the same for all requests of the turn.
    private let conversation: Conversation
    /// Whether a tool of the turn has changed something outside of the journal.
    private var hasEffects: Bool {
        rounds.rounds.contains { round in
            round.calls.contains { $0.wasBegun && toolbox.tool($0.name)?.hasEffect == true }
        }
    }

    init(_ turn: Turn, model: String, _ agent: ModelAgent, _ toolbox: Toolbox, _ host: any AgentHost) {
        self.turn = turn
        self.model = model
        self.agent = agent
        self.toolbox = toolbox
        self.host = host
        rounds = ModelRounds(turn.id, turn.recorded.map(\.body))
        var conversation = Conversation(turn.earlier)
        conversation.add(prompt: turn.prompt)
        self.conversation = conversation
    }

    mutating func run() async throws -> TurnEnd {
        while true {
            var reason = StopReason.endTurn
            if !rounds.current.isOver { reason = try await complete() }
            guard !rounds.current.calls.isEmpty, reason == .endTurn else { return TurnEnd(reason) }
            for index in rounds.current.calls.indices where rounds.current.calls[index].result == nil {
                try await perform(rounds.current.calls[index])
            }
            guard rounds.rounds.count < agent.settings.roundsMaximum else { return TurnEnd(.maxTurnRequests) }
            rounds.next()
        }
    }

    /// Writes entries, and folds them.
    mutating func append(_ entries: [Entry.Body]) async throws {
        try Task.checkCancellation()
        try await host.emit(entries, in: turn.id)
        for entry in entries { rounds.fold(entry) }
    }

    /// Tells the user something once in a turn.
    mutating func note(_ text: String) async throws {
        guard !rounds.notes.contains(text) else { return }
        try await append([.event(.note(text))])
    }

    // MARK: Answers

    /// Gets the answer of the round that runs, or the rest of it, whatever happens to connections.
    private mutating func complete() async throws -> StopReason {
        var attempts = 0
        var continuations = 0
        while true {
            try Task.checkCancellation()
            attempts += 1
            let before = rounds.current
            do { return try await receive() } catch let failure as ModelFailure {
                if !rounds.current.text.isEmpty, rounds.current.text != before.text || failure.isBroken {
                    // Something was received: the rest of it is asked for, and never the whole again. Of reasoning alone
                    // there is no rest that could be asked for.
                    continuations += 1
                    guard agent.settings.continuation != .off, continuations <= Self.continuationsMaximum else {
                        throw failure
                    }
                    attempts = 0
                    if agent.settings.continuation == .ask {
                        try await note("\(failure.sentence); the model is asked to go on where it stops")
                    }
                    continue
                }
                guard !hasEffects, let delay = delay(after: failure, attempts) else { throw failure }
                if delay >= .seconds(5) {
                    try await note("\(failure.sentence); it is asked again by itself")
                }
                try await Task.sleep(for: delay)
            }
        }
    }

    /// An answer that broke off before anything of it was seen is as good as none.
    private func delay(after failure: ModelFailure, _ attempts: Int) -> Duration? {
        let jitter = Double.random(in: 0...1)
        let kind = failure.isBroken ? ModelFailure.unreachable("", reason: "") : failure
        return RetryAdvice.delay(after: kind, attempts: attempts, jitter: jitter)
    }

    /// Sends one request, and writes down what is streamed.
    private mutating func receive() async throws -> StopReason {
        let (request, cut) = request()
        // Once in a turn, whatever more is left out in later rounds.
        if let note = cut.note, !rounds.notes.contains(where: { $0.hasPrefix(ContextWindow.Cut.beginning) }) {
            try await self.note(note)
        }
        var completion = Completion()
        let number = rounds.number
        let (message, thought) = (rounds.message(number), rounds.thought(number))
        var known = rounds.current.reasoning[...]
        let isDone = try await agent.endpoint.stream(request) { chunk in
            var addition = try completion.add(chunk)
            // A model that thinks the same again is not heard twice.
            if known.hasPrefix(addition.reasoning) {
                known = known.dropFirst(addition.reasoning.count)
                addition.reasoning = ""
            } else {
                known = ""
            }
            var entries: [Entry.Body] = []
            if !addition.reasoning.isEmpty {
                entries.append(
                    .update(.agentThought(ContentChunk(messageID: thought, content: .text(addition.reasoning)))))
            }
            if !addition.text.isEmpty {
                entries.append(.update(.agentMessage(ContentChunk(messageID: message, content: .text(addition.text)))))
            }
            if !entries.isEmpty { try await append(entries) }
        }
        if isDone { completion.end() }
        guard let finish = completion.finish else { throw ModelFailure.broken("the connection ended before it") }
        // Calls that were cut off by the length are none.
        let calls = finish == .stop ? completion.calls.filter { !$0.name.isEmpty || !$0.arguments.isEmpty } : []
        let tokens =
            completion.tokens
            ?? Int64(request.messages.reduce(0) { $0 + $1.tokens } + rounds.current.text.utf8.count / 4)
        let usage = AgentUsage(used: tokens, size: Int64(agent.settings.contextTokens))
        try await append(calls.enumerated().map(announcement) + [.update(usage.update)])
        try await host.flush()
        switch finish {
        case .stop: return .endTurn
        case .length: return .maxTokens
        case .filter: return .refusal
        }
    }

    private func announcement(_ index: Int, _ call: Completion.Call) -> Entry.Body {
        let id = rounds.call(index, call.name)
        let parsed = try? JSON(parsing: call.arguments.trimmed.isEmpty ? "{}" : call.arguments)
        let input = parsed.flatMap { $0.members == nil ? nil : $0 } ?? .string(call.arguments)
        let tool = toolbox.tool(call.name)
        // One line, without the room in which the end of a command could be hidden.
        let title = (tool?.title(of: input) ?? "Call \(call.name)").withoutControls
            .split { $0.isWhitespace }.joined(separator: " ")
        return .update(
            .toolCall(
                ToolCall(
                    id: id, title: title.count > 200 ? title.prefix(199) + "…" : title, kind: tool?.kind ?? .other,
                    status: .pending,
                    locations: locations(of: tool, input), rawInput: input)))
    }

    private func locations(of tool: (any ModelTool)?, _ input: JSON) -> [ToolCall.Location]? {
        let context = context()
        let paths = (tool?.paths(in: input) ?? []).compactMap { try? context.relative($0) }
        return paths.isEmpty
            ? nil
            : paths.map { ToolCall.Location(path: context.absolute($0), line: input["line"]?.integer(in: .entry)) }
    }

    // MARK: Requests

    private func request() -> (CompletionRequest, ContextWindow.Cut) {
        let settings = agent.settings
        var conversation = conversation
        var before = rounds
        let partial = before.dropCurrentUnlessOver()
        conversation.add(before)
        let rest = partial.map { [Conversation.Message(role: .assistant, text: $0), .goOn] } ?? []
        let tools = toolbox.tools.map(\.description)
        let system = Conversation.Message(role: .system, text: settings.system ?? instructions)
        // A quarter of the context is for the answer, and what the tools are described with takes its part as well.
        let described = tools.reduce(0) { $0 + ($1.json.text.utf8.count + 3) / 4 }
        let reserved = described + system.tokens + rest.reduce(0) { $0 + $1.tokens }
        var cut = ContextWindow(tokens: settings.contextTokens * 3 / 4 - reserved).fit(&conversation.messages)
        cut.lacksBeginning = turn.earlier.first.map { $0.from > 1 } ?? false
        // Behind what was left out: the prompt that is being answered is never among that.
        let isPrefilled = settings.continuation == .prefill
        let messages = (system.text.isEmpty ? [] : [system]) + conversation.messages + (isPrefilled ? [] : rest)
        return (
            CompletionRequest(
                model: model, messages: messages, tools: tools, fields: settings.request,
                prefill: isPrefilled ? partial : nil),
            cut
        )
    }

    private var instructions: String {
        let memory = context().memory.sorted { $0.key < $1.key }.map { "- \($0.key): \(Memory.text(of: $0.value))" }
        let tools =
            toolbox.tools.isEmpty ? "" : " Look at its files with your tools before you answer about them."
        return "You are a helpful assistant in a terminal. You work in the project folder \(turn.folder.path).\(tools) "
            + "Answer in Markdown, briefly, in the language of the user."
            + (memory.isEmpty ? "" : "\n\nYou remember from this chat:\n" + memory.joined(separator: "\n"))
    }

    /// What the tools of the turn work with, but for what they show.
    func context(show: @escaping @Sendable (String) async throws -> Void = { _ in }) -> ToolContext {
        var memory = turn.state.memory
        for (key, value) in rounds.memory { memory[key] = value }
        return ToolContext(
            folder: turn.folder, memory: memory, guardian: agent.guardian, withheld: agent.withheld,
            client: agent.endpoint.client,
            mayRead: { [agent, folder = turn.folder, host] path in
                let subject = PermissionSubject(kind: .read, paths: [path], folder: folder.place)
                let decision = agent.permissions.decision(
                    on: subject, owner: folder.owner, isAttended: host.isAttended)
                return decision.leavesLookingAlone || decision.isAllowed == true
            }, show: show)
    }
}

extension Conversation.Message {
    /// Asks for the rest of an answer.
    fileprivate static let goOn = Conversation.Message(
        role: .user, text: "[The connection broke. Go on exactly where your answer stops, and repeat nothing of it.]")
}

extension ModelFailure {
    /// Whether an answer had begun.
    fileprivate var isBroken: Bool {
        if case .broken = self { true } else { false }
    }
}
