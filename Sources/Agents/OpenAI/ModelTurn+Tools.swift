import Wire

/// The tools of a turn: asked about, run once, and written down.
extension ModelTurn {
    /// Makes a call, unless its result is known.
    ///
    /// What is known before is durable before the call begins, and its result before anything else does: after a crash it is
    /// known that it may have begun, and it is not repeated without a question.
    mutating func perform(_ recorded: ModelCall) async throws {
        let id = recorded.call.id
        guard let tool = toolbox.tool(recorded.name) else {
            return try await end(id, ToolFailure("there is no tool '\(recorded.name)'").outcome)
        }
        guard let input = recorded.call.rawInput, input.members != nil else {
            return try await end(id, ToolFailure("the arguments are no JSON object: send them again").outcome)
        }
        let host = host
        let turn = turn.id
        let context = context { text in
            let update = ToolCall(id: id, content: [ToolCall.textContent(text)])
            try await host.emit([.update(.toolCallUpdate(update))], in: turn)
        }
        do {
            if recorded.call.status == .inProgress, tool.hasEffect {
                if let outcome = tool.outcome(ofInterrupted: input, context) { return try await end(id, outcome) }
                guard try await mayRepeat(recorded.call) else {
                    return try await end(id, ToolFailure(Self.unknown).outcome)
                }
            } else if let refusal = try await refusal(tool, recorded.call, input, context) {
                return try await end(id, ToolFailure(refusal).outcome)
            }
            if recorded.call.status != .inProgress {
                try await append([.update(.toolCallUpdate(ToolCall(id: id, status: .inProgress)))])
                if tool.hasEffect { try await self.host.flush() }
            }
            var final = context
            final.shown = rounds.content(of: id)
            try await end(id, try await tool.run(input, final))
        } catch let failure as ToolFailure {
            try await end(id, failure.outcome)
        }
    }

    private static let unknown =
        "It is not known what came of this: the server was stopped while it ran, and the user did not want it repeated."

    private mutating func end(_ id: ToolCallID, _ outcome: ToolOutcome) async throws {
        let content = outcome.content ?? [ToolCall.textContent(outcome.text)]
        let end = ToolCall(
            id: id, status: outcome.status, content: content.isEmpty ? nil : content, rawOutput: .string(outcome.text))
        try await append(outcome.events + [.update(.toolCallUpdate(end))])
        try await host.flush()
    }

    /// What the model is told of a call that its user rejects.
    private static func refused(_ answer: JSON) -> String {
        Wire.Question.reason(of: answer).map { "The user did not allow it, and says why: \($0)" }
            ?? "The user did not allow it. Ask what to do instead."
    }

    // MARK: Permission

    /// Why a call must not be made; `nil` when it may.
    private mutating func refusal(
        _ tool: any ModelTool, _ call: ToolCall, _ input: JSON, _ context: ToolContext
    ) async throws -> String? {
        let subject = PermissionSubject(
            kind: tool.kind, command: tool.command(in: input),
            paths: tool.paths(in: input).map { (try? context.relative($0)) ?? $0 },
            folder: turn.folder.place)
        let decision = agent.permissions.decision(
            on: subject, owner: turn.folder.owner, isAttended: host.isAttended)
        // What only looks is not asked about, and is done while nobody is there, unless a rule says otherwise.
        if !tool.hasEffect, decision.leavesLookingAlone { return nil }
        if let entry = decision.entry(on: call.id.rawValue), !rounds.decided.contains(call.id.rawValue) {
            try await append([entry])
        }
        if let isAllowed = decision.isAllowed { return isAllowed ? nil : decision.refusal }
        let content = try tool.preview(input, context)
        if !content.isEmpty, call.content == nil {
            try await append([.update(.toolCallUpdate(ToolCall(id: call.id, content: content)))])
        }
        var asked = call
        asked.content = call.content ?? content
        // The change is shown; the text of a file would be too long for a question.
        if tool.kind == .edit { asked.rawInput = nil }
        // Where a rule wants a question each time, an answer that holds always would lose to it.
        let always = decision == .ask(isRequired: true) ? nil : PermissionRule(.allow, for: subject)
        let question = PermissionQuestion(asked, always: always)
        let answer: JSON
        do {
            answer = try await host.ask(
                call.id.rawValue, in: turn.id, method: Method.requestPermission, params: question.params)
        } catch let failure as TurnFailure {
            throw ToolFailure("it cannot be asked about: \(failure.sentence)")
        }
        switch question.decision(answer) {
        case .once: return nil
        case .always:
            do { try agent.permissions.keep(PermissionRule(.allow, for: subject), owner: turn.folder.owner) } catch {
                try await note("that this is always allowed could not be kept: \(error)")
            }
            return nil
        case .never:
            do { try agent.permissions.keep(PermissionRule(.deny, for: subject), owner: turn.folder.owner) } catch {
                try await note("that this is never allowed could not be kept: \(error)")
            }
            return Self.refused(answer)
        case .not: return Self.refused(answer)
        }
    }

    /// Asks whether a call may be repeated of which it is not known what came of it.
    private func mayRepeat(_ call: ToolCall) async throws -> Bool {
        var asked = call
        asked.title = "Repeat, though it may have been done: \(call.title ?? "a tool")"
        let question = PermissionQuestion(asked, always: nil)
        // An answer is for one repetition: after another crash it is asked anew.
        let answer = try await host.ask(
            ModelRounds.repetition(call.id) + "\(rounds.repetitions(of: call.id))", in: turn.id,
            method: Method.requestPermission, params: question.params)
        return question.decision(answer) == .once
    }
}

/// The question for a permission (ACP, `session/request_permission`), and what an answer says.
struct PermissionQuestion {
    /// The answers, by the identifiers of their options, which the transcript shows.
    enum Decision: String {
        case once = "allow once"
        case always = "always allow"
        case not = "reject"
        case never = "never allow"
    }

    let call: ToolCall
    /// The rule that an answer makes that holds always; `nil` to offer none.
    let always: PermissionRule?

    init(_ call: ToolCall, always: PermissionRule?) {
        self.call = call
        self.always = always
    }

    /// The parameters without `sessionId`.
    var params: JSON {
        var options = [option(.once, "Allow once", "allow_once")]
        if let always { options.append(option(.always, "Always \(always.text)", "allow_always")) }
        options.append(option(.not, "Reject", "reject_once"))
        if let always { options.append(option(.never, "Never \(always.text)", "reject_always")) }
        return .object([
            JSON.Member("toolCall", call.json), JSON.Member("options", .array(options)), Wire.Question.readsReason,
        ])
    }

    private func option(_ decision: Decision, _ name: String, _ kind: String) -> JSON {
        ["optionId": .string(decision.rawValue), "name": .string(String(name.prefix(120))), "kind": .string(kind)]
    }

    /// What an answer says; one that was cancelled is no permission.
    func decision(_ answer: JSON) -> Decision {
        answer["outcome"]?["optionId"]?.string.flatMap(Decision.init(rawValue:)) ?? .not
    }
}
