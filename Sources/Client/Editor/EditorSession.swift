import Sync
import Wire

/// A session as an editor sees it that speaks ACP over standard input and output: the entries of the journal become the
/// frames of plain ACP, once each, whatever happens to the connection underneath. A value: it decides, and does no I/O.
struct EditorSession: Hashable, Sendable {
    /// What is to be done.
    enum Action: Hashable, Sendable {
        /// Send this to the editor.
        case send(Message)
        /// Ask the editor a question of the agent, under an id of the shim's own.
        case ask(Question)
        /// The editor is not to answer that question any more.
        case withdraw(RequestKey)
    }

    /// A prompt of the editor, until its turn has ended.
    private struct Prompt: Hashable {
        var request: RequestID
        var message: MessageID?
        var turn: TurnID?
    }

    /// The session's name, as the editor has it: it stays when the session expires and a successor takes its place.
    let id: SessionID
    private var held = HeldText()
    /// The time of the entry that was sent last.
    private var lastSent: Timestamp = 0
    private var prompts: [ClientMessageID: Prompt] = [:]
    private var open: [RequestKey: Question] = [:]
    /// What can be set, as the agent said last.
    private(set) var options: [JSON] = []
    /// While what was said before is sent: questions that were answered are not asked, and turns that ended answer
    /// nothing.
    private var isReplaying = false

    init(_ id: SessionID) { self.id = id }

    /// The last entry that was sent.
    var last: Seq { held.last }

    /// Whether a prompt of the editor waits for the end of its turn.
    var isPrompting: Bool { !prompts.isEmpty }

    /// The editor's prompt was queued under this key.
    mutating func prompted(_ key: ClientMessageID, by request: RequestID) { prompts[key] = Prompt(request: request) }

    /// The editor's prompts that the server has not confirmed.
    var unconfirmed: [ClientMessageID] { prompts.filter { $0.value.message == nil }.keys.sorted() }

    /// The editor's prompt was not queued, and its request is answered otherwise.
    mutating func forget(_ key: ClientMessageID) { prompts[key] = nil }

    /// The editor's prompt was taken back before it went out.
    mutating func takenBack(_ key: ClientMessageID) -> [Action] {
        guard let prompt = prompts.removeValue(forKey: key) else { return [] }
        return [.send(.response(prompt.request, result: ["stopReason": "cancelled"]))]
    }

    /// The editor's prompt will not be answered by a turn.
    mutating func failed(_ key: ClientMessageID, _ reason: String) -> [Action] {
        guard let prompt = prompts.removeValue(forKey: key) else { return [] }
        return [.send(.failure(prompt.request, RPCError(.internalError, reason)))]
    }

    /// Nothing more will come of the session: prompts fail, and questions are withdrawn.
    mutating func stopped(_ reason: String) -> [Action] {
        prompts.keys.sorted().flatMap { failed($0, reason) } + withdrawAll()
    }

    /// The session expired, and goes on as another one whose journal begins anew.
    mutating func succeeded() -> [Action] {
        held = HeldText()
        return lost("the session expired before the turn had ended")
            + [note("The session had expired: this is a new one, without a memory of what was said before.")]
    }

    /// The journal is an older copy: what it has is not sent, since its beginning was.
    mutating func restored(_ entries: [Entry]) -> [Action] {
        held = HeldText()
        for entry in entries { _ = held.lacking(of: entry) }
        return lost("the server was restored from an older copy, which does not have the prompt")
            + [note("The server was restored from an older copy of this session: load it again to see what it has.")]
    }

    /// Turns that were confirmed are not in the journal any more. A prompt that was not is still in the outbox.
    private mutating func lost(_ reason: String) -> [Action] {
        let confirmed = prompts.filter { $0.value.message != nil }.keys.sorted()
        return confirmed.flatMap { failed($0, reason) } + withdrawAll()
    }

    private mutating func withdrawAll() -> [Action] {
        defer { open = [:] }
        return open.keys.sorted().map { .withdraw($0) }
    }

    /// Whether an entry of a copy is the one that was sent last.
    func continues(at entry: Entry) -> Bool {
        entry.from <= held.last && held.last <= entry.seq && (entry.seq != held.last || entry.timestamp == lastSent)
    }

    /// What comes until ``endReplay()`` was said before: of its questions only those that stay open are asked, and its
    /// turns answer nothing.
    mutating func beginReplay() { isReplaying = true }

    /// Takes what was said before for known: the editor goes on with the session where it stopped.
    mutating func skip(_ entries: [Entry]) { _ = take(entries) }

    mutating func endReplay() -> [Action] {
        isReplaying = false
        return open.keys.sorted().compactMap { open[$0].map { .ask($0) } }
    }

    /// Entries, in order; those that were sent before are left out.
    mutating func take(_ entries: [Entry]) -> [Action] {
        entries.flatMap { entry -> [Action] in
            guard let part = held.lacking(of: entry) else { return [] }
            lastSent = entry.timestamp
            return take(part)
        }
    }

    private mutating func take(_ entry: Entry) -> [Action] {
        switch entry.body {
        case .update(.userMessage(let chunk)):
            guard let key = entry.clientMessageID, prompts[key] != nil else { return [sending(.userMessage(chunk))] }
            // The editor knows what its user has said.
            prompts[key]?.message = chunk.messageID
            return []
        case .update(let update):
            if case .other(let json) = update, json["sessionUpdate"] == "config_option_update" {
                options = json["configOptions"]?.array ?? []
            }
            return [sending(update)]
        case .event(.turnStart(let turn, let message)):
            for (key, prompt) in prompts where prompt.message == message { prompts[key]?.turn = turn }
            return []
        case .event(.turnEnd(let turn, let outcome)): return ended(turn, outcome)
        case .event(.request(let question)):
            open[question.key] = question
            return isReplaying ? [] : [.ask(question)]
        case .event(.requestResolved(let resolution)):
            let isOpen = open.removeValue(forKey: resolution.key) != nil
            return isOpen && !isReplaying ? [.withdraw(resolution.key)] : []
        case .event(.note(let text)): return [note(text)]
        case .event(.forked(let origin)): return [note(origin.sentence)]
        case .event(.agentExit(let exit)):
            return [note(exit.sentence.prefix(1).uppercased() + exit.sentence.dropFirst())]
        case .event(.memory), .event(.agentRestarted), .event(.agentSession), .event(.other): return []
        }
    }

    private mutating func ended(_ turn: TurnID, _ outcome: TurnOutcome) -> [Action] {
        guard let (key, prompt) = prompts.first(where: { $0.value.turn == turn }) else { return [] }
        prompts[key] = nil
        switch outcome {
        case .stopped(let reason):
            return [.send(.response(prompt.request, result: ["stopReason": .string(reason.rawValue)]))]
        case .failed(let reason):
            return [.send(.failure(prompt.request, RPCError(.internalError, reason)))]
        }
    }

    private func sending(_ update: SessionUpdate) -> Action {
        .send(.notification(method: Method.update, params: ["sessionId": .string(id.rawValue), "update": update.json]))
    }

    /// A sentence of the server. ACP has no frame for it, and the agent has not said it: editors show a thought apart.
    private func note(_ text: String) -> Action {
        sending(.agentThought(ContentChunk(messageID: nil, content: .text(text + "\n"))))
    }
}
