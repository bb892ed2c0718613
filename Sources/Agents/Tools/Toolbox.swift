import Wire

/// The tools of the built-in back ends.
struct Toolbox: Sendable {
    /// All of them, by the names that a configuration chooses by.
    static let all: [any ModelTool] = [
        ListFilesTool(), SearchTool(), ReadFileTool(), WriteFileTool(), EditFileTool(), RunCommandTool(),
        UpdatePlanTool(), RememberTool(), RecallTool(),
    ]

    /// Those that a model has.
    let tools: [any ModelTool]

    /// Tools with names of their own; of two with one name the first counts.
    init(_ tools: [any ModelTool]) {
        var seen: Set<String> = []
        self.tools = tools.filter { seen.insert($0.description.name).inserted }
    }

    /// - Parameter names: The tools that the configuration chooses; `nil` for all.
    init(_ names: Set<String>?) {
        tools = Self.all.filter { names?.contains($0.description.name) ?? true }
    }

    func tool(_ name: String) -> (any ModelTool)? { tools.first { $0.description.name == name } }
}
