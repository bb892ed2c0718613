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
    /// The number of the call within the turn and the tool, from 1. It is part of the call's identifier, by which a
    /// resumed turn finds its calls.
    var number = 1
    var title: String
    var input: JSON
    var locations: [ToolCall.Location]?

    func id(in turn: TurnID) -> ToolCallID { ToolCallID("\(turn)-\(tool.rawValue)-\(number)") }
}

/// The result of a tool call.
struct ToolResult: Hashable, Sendable {
    /// How it ended.
    var status = ToolCall.Status.completed
    /// The result for the answer, and for a resumed turn.
    var output: JSON
    /// The result as text for the user.
    var content: String
    var locations: [ToolCall.Location]?
    /// Further entries, which are committed in the same transaction, before the result.
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

    /// Makes a call, or returns its recorded result.
    ///
    /// A call that was in progress when the turn was interrupted is repeated with its recorded identifier and
    /// arguments.
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

    /// The call as it is recorded; `nil` when it was not begun.
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
