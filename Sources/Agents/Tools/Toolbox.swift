import Wire

/// The tools of the built-in back ends.
struct Toolbox: Sendable {
    /// All of them, by the names that a configuration chooses by.
    static let all: [any ModelTool] = [
        ListFilesTool(), SearchTool(), ReadFileTool(), WriteFileTool(), EditFileTool(), RunCommandTool(),
        UpdatePlanTool(), RememberTool(), RecallTool(), FetchURLTool(),
    ]

    /// Those that a model has.
    let tools: [any ModelTool]

    /// Tools with names of their own; of two with one name the first counts.
    init(_ tools: [any ModelTool]) {
        var seen: Set<String> = []
        self.tools = tools.filter { seen.insert($0.description.name).inserted }
    }

    /// Those that a configuration has to name.
    private static let optional: Set<String> = ["fetch_url"]

    /// - Parameter names: The tools that the configuration chooses; `nil` for all but those that it has to name.
    init(_ names: Set<String>?) {
        tools = Self.all.filter { names?.contains($0.description.name) ?? !Self.optional.contains($0.description.name) }
    }

    func tool(_ name: String) -> (any ModelTool)? { tools.first { $0.description.name == name } }
}
