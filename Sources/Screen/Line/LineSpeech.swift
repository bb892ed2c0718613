import Sync
import Wire

/// Turns entries into lines with their speaker in front.
struct LineSpeech: Hashable, Sendable {
    /// A line without an end is broken at a space once it is that long, in characters.
    static let lineMaximum = 1_000
    /// How many prompts of this client are remembered.
    static let oursMaximum = 256
    /// How many tool calls that run are remembered, for the line about their end.
    static let toolsMaximum = 64

    var echoesPrompts = false
    private var speaker: MessageBlock.Speaker?
    private var message: MessageID?
    private var sanitizer = Sanitizer()
    /// The text that has no end of a line yet.
    private var rest = ""
    private var newest: Seq = 0
    private var tools: [ToolCallID: String] = [:]
    private var turnBegan: Timestamp?
    private var ours: [ClientMessageID] = []
    private var refused: Set<ClientMessageID> = []
    private var held = HeldText()
    private var asked = AskedOptions()
    /// The answer that was given here and said last.
    private var given: Given?

    private struct Given: Hashable, Sendable {
        var key: RequestKey
        var label: String
    }

    init(echoesPrompts: Bool = false) { self.echoesPrompts = echoesPrompts }

    /// A prompt is in this client's outbox: the user has typed it here.
    mutating func isOurs(_ id: ClientMessageID) {
        if !ours.contains(id) { ours = ours.suffix(LineSpeech.oursMaximum - 1) + [id] }
    }

    /// The user has answered a question here.
    ///
    /// - Returns: The line that says so.
    mutating func give(_ label: String, to key: RequestKey) -> String {
        given = Given(key: key, label: label)
        return "question: answered: \(label)"
    }

    /// The agent has an answer. One that was given here was said then.
    private mutating func resolve(_ resolution: Question.Resolution) -> [String] {
        let answer = asked.resolve(resolution)
        if let given, given.key == resolution.key, given.label == answer { return pause() }
        return pause() + ["question: \(AskedOptions.line(answer))"]
    }

    /// A prompt was refused.
    ///
    /// - Returns: Whether that was not said before.
    mutating func refuse(_ id: ClientMessageID) -> Bool {
        if refused.count > LineSpeech.oursMaximum { refused = [] }
        return refused.insert(id).inserted
    }

    /// The last exchange of a page: from its last prompt on.
    mutating func recall(_ page: [Entry], zone: TimeZoneTable) -> [String] {
        let last = page.lastIndex { if case .update(.userMessage) = $0.body { true } else { false } } ?? 0
        let echoes = echoesPrompts
        echoesPrompts = true
        defer { echoesPrompts = echoes }
        newest = max(newest, page.prefix(last).last?.seq ?? 0)
        return page.dropFirst(last).flatMap { say($0, zone: zone) } + pause()
    }

    /// The lines of an entry; one that was said is not said again.
    mutating func say(_ entry: Entry, zone: TimeZoneTable) -> [String] {
        guard entry.seq > newest else { return [] }
        newest = entry.seq
        switch entry.body {
        case .update(.userMessage(let chunk)):
            let isTyped = entry.clientMessageID.map(ours.contains) ?? false
            guard echoesPrompts || !isTyped else { return pause() }
            return say(chunk, .user, entry)
        case .update(.agentMessage(let chunk)): return say(chunk, .agent, entry)
        case .update(.agentThought(let chunk)): return say(chunk, .thought, entry)
        case .update(.toolCall(let call)): return pause() + begin(call)
        case .update(.toolCallUpdate(let call)): return change(call)
        case .event(.turnStart):
            turnBegan = entry.timestamp
            return pause()
        case .event(.turnEnd(_, let outcome)): return pause() + [end(outcome, at: entry.timestamp)]
        case .event(.note(let text)): return pause() + ["notice: \(text.paintedLine)"]
        case .event(.agentExit(let exit)): return pause() + ["notice: \(exit.line.paintedLine)"]
        case .event(.agentRestarted): return pause() + ["notice: The agent was started again."]
        case .event(.forked(let origin)): return pause() + ["notice: \(origin.sentence.paintedLine)"]
        case .event(.request(let question)):
            asked.ask(question)
            return []
        case .event(.requestResolved(let resolution)): return resolve(resolution)
        case .update(.plan), .update(.other), .event(.memory), .event(.agentSession), .event(.other): return []
        }
    }

    /// Says what was begun and has no end yet, because something else is said now.
    mutating func pause() -> [String] {
        defer { (rest, speaker, message) = ("", nil, nil) }
        return rest.isInvisible ? [] : [prefix + rest]
    }

    private var prefix: String { speaker.map { "\($0.word): " } ?? "" }

    private mutating func say(_ chunk: ContentChunk, _ who: MessageBlock.Speaker, _ entry: Entry) -> [String] {
        var lines: [String] = []
        if speaker != who || message != chunk.messageID || who == .user {
            lines = pause()
            (speaker, message, sanitizer) = (who, chunk.messageID, Sanitizer())
        }
        rest += sanitizer.feed(chunk.content.shown)
        var parts = rest.split(separator: "\n", omittingEmptySubsequences: false)
        rest = String(parts.removeLast())
        lines += parts.filter { !String($0).isInvisible }.map { prefix + $0 }
        while rest.count > LineSpeech.lineMaximum {
            let head = rest.prefix(LineSpeech.lineMaximum)
            let cut = head.lastIndex(of: " ") ?? head.endIndex
            lines.append(prefix + rest[..<cut])
            rest = String(rest[cut...].drop { $0 == " " })
        }
        // A prompt is whole.
        return who == .user ? lines + pause() : lines
    }

    // MARK: Tools and turns

    private mutating func begin(_ call: ToolCall) -> [String] {
        if tools[call.id] != nil { return change(call) }
        let name = [call.kind.map { $0 == .other ? "tool" : $0.rawValue }, call.title?.label].compactMap(\.self)
            .joined(separator: " ")
        if tools.count < LineSpeech.toolsMaximum { tools[call.id] = name }
        return ["tool: \(name)"] + change(call)
    }

    private mutating func change(_ call: ToolCall) -> [String] {
        guard let status = call.status, status.isFinal, let name = tools.removeValue(forKey: call.id) else { return [] }
        return pause() + ["tool: \(status == .completed ? "done" : "failed"): \(name)"]
    }

    private mutating func end(_ outcome: TurnOutcome, at timestamp: Timestamp) -> String {
        defer { (turnBegan, tools) = (nil, [:]) }
        let took = turnBegan.map { timestamp.subtractingReportingOverflow($0) }
        let time = took.flatMap { $0.overflow ? nil : " after \(TimeText.took(milliseconds: $0.partialValue))" } ?? ""
        return "status: " + (outcome.line.map { "\($0.1.paintedLine)" } ?? "the agent is done") + time
    }

    /// The state of the connection as far as it is said.
    enum Link: Hashable, Sendable {
        case connecting, resuming, live, offline, stopped

        init(_ status: ConnectionStatus) {
            switch status.state {
            case .connecting: self = .connecting
            case .resuming: self = .resuming
            case .live: self = .live
            case .offline: self = .offline
            case .stopped: self = .stopped
            }
        }

        /// What is said of a change; `nil` for one that needs no words.
        func sentence(after last: Link?, _ model: Model, now: Instant) -> String? {
            switch (self, model.connection.state) {
            case (.offline, .offline(_, let attempt, let retryAt)):
                let seconds = max(0, ((retryAt - now).milliseconds + 999) / 1_000)
                let why = model.connection.lastFailure.map { ": \($0)" } ?? ""
                return "offline, attempt \(attempt) in \(seconds) s\(why)"
            case (.stopped, .stopped(let why)):
                return model.connection.needsLogin ? "login needed: \(why)" : "stopped: \(why)"
            case (.live, _):
                guard last == .offline || last == .resuming, let resume = model.network.resumes.last else {
                    return "live"
                }
                return "live again after \(TimeText.latency(resume.measured.offline)), nothing was missed"
            case (.connecting, _): return last == nil ? nil : "connecting"
            case (.resuming, _), (.offline, _), (.stopped, _): return nil
            }
        }
    }
}
