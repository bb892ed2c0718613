import Wire

/// The tools that the librarian works with.
enum Tool: String, Hashable, Sendable {
    case listFiles = "list_files"
    case search
    case readFile = "read_file"
    case remember
    case recall

    /// What the tool does, in ACP's terms.
    var kind: ToolCall.Kind {
        switch self {
        case .listFiles, .search: .search
        case .readFile: .read
        case .remember, .recall: .think
        }
    }
}

/// A tool call to be made: what is known before it is made.
struct ToolRequest: Hashable, Sendable {
    var tool: Tool
    /// Which call of the tool within the turn, from 1. It makes the call's name, so a turn that is gone on with finds
    /// its calls again.
    var number = 1
    var title: String
    var input: JSON
    var locations: [ToolCall.Location]?

    /// The call's name.
    func id(in turn: TurnID) -> ToolCallID { ToolCallID("\(turn)-\(tool.rawValue)-\(number)") }
}

/// What a tool call came to.
struct ToolResult: Hashable, Sendable {
    /// How it ended.
    var status = ToolCall.Status.completed
    /// For the answer, and for a turn that is gone on with.
    var output: JSON
    /// For people.
    var content: String
    var locations: [ToolCall.Location]?
    /// What else goes into the journal, in the same transaction and before the result.
    var events: [Entry.Body] = []

    /// A call that failed, and why.
    static func failed(_ reason: String) -> ToolResult {
        ToolResult(status: .failed, output: ["error": .string(reason)], content: reason)
    }
}

extension TurnRecord {
    /// Announces calls that will be made, unless they are announced already.
    mutating func announce(_ requests: [ToolRequest]) async throws {
        try await append(requests.compactMap(announcement))
    }

    /// Makes a call, or finds it made.
    ///
    /// A call that was begun and not ended is made again under its own name and with the arguments it had.
    ///
    /// - Parameter work: Makes it, given its arguments. An error that it throws ends the turn; a call that merely did
    ///   not work returns ``ToolResult/failed(_:)``.
    mutating func call(
        _ request: ToolRequest, _ work: (_ input: JSON) async throws -> ToolResult
    ) async throws -> ToolCall {
        let id = request.id(in: turn.id)
        if let call = calls[id], call.status?.isFinal == true { return call }
        var entries = [announcement(request)].compactMap(\.self)
        if calls[id]?.status != .inProgress {
            entries.append(.update(.toolCallUpdate(ToolCall(id: id, status: .inProgress))))
        }
        try await append(entries)
        let result = try await work(calls[id]?.rawInput ?? request.input)
        let end = ToolCall(
            id: id, status: result.status, content: [ToolCall.textContent(result.content)],
            locations: result.locations, rawOutput: result.output)
        try await append(result.events + [.update(.toolCallUpdate(end))])
        return calls[id] ?? end
    }

    /// The call as it is recorded.
    func recorded(_ tool: Tool, _ number: Int = 1) -> ToolCall? {
        calls[ToolCallID("\(turn.id)-\(tool.rawValue)-\(number)")]
    }

    private func announcement(_ request: ToolRequest) -> Entry.Body? {
        let id = request.id(in: turn.id)
        guard calls[id] == nil else { return nil }
        return .update(
            .toolCall(
                ToolCall(
                    id: id, title: request.title, kind: request.tool.kind, status: .pending,
                    locations: request.locations, rawInput: request.input)))
    }
}
