import Wire

/// What the entries tell of the agent's work besides the conversation: the fold of those that arrived and of the newest
/// page.
struct Activity: Hashable, Sendable {
    /// The most memory variables that are kept for ``SlashCommand/memory``.
    static let memoryMaximum = 256

    private(set) var times = PlanTimes()
    private(set) var tools = RecentTools()
    /// The newest usage; `nil` when the agent tells none.
    private(set) var usage: Usage?
    /// The agent's memory variables, by key.
    private(set) var memory: [String: JSON] = [:]
    /// What the agent asked, and what was answered.
    private(set) var decisions = Decisions()
    /// When the newest entry was written, by the server's clock; `nil` before the first.
    private(set) var newestAt: Timestamp?

    mutating func fold(_ entry: Entry) {
        newestAt = entry.timestamp
        decisions.fold(entry)
        switch entry.body {
        case .update(.plan(let plan)): times.take(plan, at: entry.timestamp)
        case .update(.toolCall(let call)): tools.apply(call, begins: true, at: entry.timestamp)
        case .update(.toolCallUpdate(let call)): tools.apply(call, begins: false, at: entry.timestamp)
        case .update(.other(let update)): usage = Usage(update) ?? usage
        case .event(.turnEnd): tools.endTurn()
        case .event(.memory(let key, let value)): remember(key, value ?? .null)
        case .update(.userMessage), .update(.agentMessage), .update(.agentThought), .event: break
        }
    }

    /// The memory of the whole journal, which the newest page may not contain.
    mutating func take(memory: [String: JSON]) {
        self.memory = [:]
        for (key, value) in memory { remember(key, value) }
    }

    private mutating func remember(_ key: String, _ value: JSON) {
        if value == .null {
            memory[key] = nil
        } else if memory[key] != nil || memory.count < Activity.memoryMaximum {
            memory[key] = value
        }
    }
}
