import Wire

/// A request to the model in a turn, and what came of it: the answer, and the results of the tools that it called.
struct ModelRound: Hashable, Sendable {
    /// The text of the answer as far as it was received.
    var text = ""
    /// What the model has thought, which is not repeated to it.
    var reasoning = ""
    /// The tool calls, in order.
    var calls: [ModelCall] = []
    /// Whether the answer is whole.
    var isOver = false
}

/// A tool call as the journal has it.
struct ModelCall: Hashable, Sendable {
    /// The name of the tool, which is a part of the identifier.
    var name: String
    var call: ToolCall
    /// Whether it was begun: one that was refused is at its end without.
    var wasBegun = false

    /// What the model is told of it.
    var told: String {
        result
            ?? (call.status == .inProgress
                ? "(it was stopped while it ran: what came of it is not known)"
                : "(it did not run: the turn was stopped before)")
    }

    /// The result; `nil` until there is one.
    var result: String? {
        guard call.status?.isFinal == true else { return nil }
        return call.rawOutput?.string ?? call.rawOutput?.text ?? ""
    }
}

/// The rounds of one turn, folded from its entries.
///
/// They are folded in the same way whether they were written just now or before a restart: a turn that goes on begins where
/// its entries end.
struct ModelRounds: Hashable, Sendable {
    let turn: TurnID
    private(set) var rounds: [ModelRound] = [ModelRound()]
    /// What the user was told in the turn.
    private(set) var notes: [String] = []
    private(set) var memory: [String: JSON?] = [:]
    /// The tool calls about which a rule has decided.
    private(set) var decided: Set<String> = []
    /// The keys of questions that were answered.
    private var answered: [String] = []

    /// - Parameter entries: Entries of the turn, in order; those of others are skipped.
    init(_ turn: TurnID, _ entries: some Sequence<Entry.Body> = []) {
        self.turn = turn
        for entry in entries { fold(entry) }
    }

    /// The number of the round that runs.
    var number: Int { rounds.count - 1 }
    var current: ModelRound { rounds[number] }

    /// The round that runs is done; another one begins.
    mutating func next() { rounds.append(ModelRound()) }

    /// Takes the round away that runs, unless its answer is whole.
    ///
    /// - Returns: The text of the answer so far, if there is one.
    mutating func dropCurrentUnlessOver() -> String? {
        guard !current.isOver else { return nil }
        let text = rounds.removeLast().text
        return text.isEmpty ? nil : text
    }

    // MARK: Identifiers

    /// The message that holds the text of a round.
    func message(_ round: Int) -> MessageID { MessageID("\(turn)-\(round)") }
    /// The message that holds the reasoning of a round.
    func thought(_ round: Int) -> MessageID { MessageID("\(turn)-\(round)-thought") }

    /// A tool call of the round that runs. The name of the tool is a part of it, so that it can be told to the model again.
    func call(_ index: Int, _ tool: String) -> ToolCallID {
        // What a model calls a tool may be anything, also what no server takes back.
        ToolCallID("\(turn)-\(number).\(index)-\(Self.isToolName(tool) ? tool : "unknown")")
    }

    /// Whether it is a name of a tool as all servers take it.
    static func isToolName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
            }
    }

    /// How the names of the questions begin whether a call is repeated; a hash, so that their keys are never too long.
    static func repetition(_ id: ToolCallID) -> String { "again-\(FNV1a.name(of: id.rawValue))-" }

    /// How many times it was answered whether a call is repeated.
    func repetitions(of id: ToolCallID) -> Int {
        let key = "\(turn):\(Self.repetition(id))"
        return answered.count { $0.hasPrefix(key) }
    }

    /// What people are shown of a call of the round that runs.
    func content(of id: ToolCallID) -> [JSON] { current.calls.first { $0.call.id == id }?.call.content ?? [] }

    private func place(of id: ToolCallID) -> (round: Int, name: String)? {
        let prefix = "\(turn)-"
        guard id.rawValue.hasPrefix(prefix) else { return nil }
        let rest = id.rawValue.dropFirst(prefix.count)
        guard let dot = rest.firstIndex(of: "."), let round = Int(rest[..<dot]),
            let dash = rest[dot...].firstIndex(of: "-")
        else { return nil }
        return (round, String(rest[rest.index(after: dash)...]))
    }

    // MARK: Folding

    mutating func fold(_ entry: Entry.Body) {
        switch entry {
        case .update(.agentMessage(let chunk)):
            begin { chunk.messageID == $0.message($1) }
            guard chunk.messageID == message(number) else { return }
            rounds[number].text += chunk.content.text ?? ""
        case .update(.agentThought(let chunk)):
            begin { chunk.messageID == $0.thought($1) }
            if chunk.messageID == thought(number) { rounds[number].reasoning += chunk.content.text ?? "" }
        case .update(.toolCall(let call)), .update(.toolCallUpdate(let call)):
            guard let place = place(of: call.id) else { return }
            begin { _, next in place.round == next }
            guard rounds.indices.contains(place.round) else { return }
            if let index = rounds[place.round].calls.firstIndex(where: { $0.call.id == call.id }) {
                rounds[place.round].calls[index].call.apply(call)
                if call.status == .inProgress { rounds[place.round].calls[index].wasBegun = true }
            } else {
                rounds[place.round].calls.append(ModelCall(name: place.name, call: call))
            }
        case .update(.other(let update)) where update["sessionUpdate"] == "usage_update":
            // The last entry of each answer; one that comes again is of the next round, which said nothing.
            if current.isOver { next() }
            rounds[number].isOver = true
        case .event(.note(let text)): notes.append(text)
        case .event(.other("permission", let data)): decided.insert(data["toolCallId"]?.string ?? "")
        case .event(.requestResolved(let resolution)): answered.append(resolution.key.rawValue)
        case .event(.memory(let key, let value)): memory[key] = .some(value)
        case .update, .event: break
        }
    }

    /// Begins the next round if the entry is one of it.
    private mutating func begin(if isNext: (ModelRounds, Int) -> Bool) {
        if current.isOver, isNext(self, number + 1) { next() }
    }
}
