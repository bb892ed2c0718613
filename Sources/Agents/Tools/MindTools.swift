import Wire

/// `update_plan`: the steps of the work, which people see.
struct UpdatePlanTool: ModelTool {
    /// The most steps of a plan.
    static let stepsMaximum = 50

    let kind = ToolCall.Kind.think
    let description = ToolDescription(
        name: "update_plan",
        text: "Show the user the steps of a longer task. Send the whole plan each time that a step begins or is done.",
        parameters: [
            "type": "object",
            "properties": [
                "steps": [
                    "type": "array",
                    "items": [
                        "type": "object",
                        "properties": [
                            "content": ["type": "string", "description": "What the step does."],
                            "status": ["type": "string", "enum": ["pending", "in_progress", "completed"]],
                        ],
                        "required": ["content", "status"],
                    ],
                ]
            ],
            "required": ["steps"],
        ])

    func title(of input: JSON) -> String { "Update the plan" }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        guard let steps = input["steps"]?.array else { throw ToolFailure("'steps' is missing") }
        guard steps.count <= Self.stepsMaximum else {
            throw ToolFailure("a plan has \(Self.stepsMaximum) steps at most")
        }
        let plan: [PlanEntry]
        do throws(RPCError) { plan = try input.elements("steps", as: PlanEntry.self) } catch {
            throw ToolFailure(error.message)
        }
        return ToolOutcome("The plan is shown.", content: [], events: [.update(.plan(plan))])
    }
}

/// `remember`: sets a variable of the session, or forgets it.
struct RememberTool: ModelTool {
    let kind = ToolCall.Kind.think
    let description = ToolDescription(
        name: "remember",
        text: "Remember something for the rest of this chat, such as the user's name or a decision, under a short key.",
        parameters: .arguments(
            [
                "key": ("string", "A short name of letters, digits, dots and dashes."),
                "value": ("string", "What to remember; leave it out to forget."),
            ], required: ["key"]))

    func title(of input: JSON) -> String {
        "\((input["value"] ?? .null) == .null ? "Forget" : "Remember") \(input["key"]?.string ?? "something")"
    }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        guard let key = input["key"]?.string, Name.isValid(key), key.utf8.count <= Memory.keyBytesMaximum else {
            throw ToolFailure("'key' is not 1 to \(Memory.keyBytesMaximum) letters, digits, dots and dashes")
        }
        guard let given = input["value"], given != .null else {
            return ToolOutcome("Forgotten.", events: [.event(.memory(key: key, value: nil))])
        }
        // Models write numbers as they are.
        let value = given.string ?? given.text
        guard value.utf8.count <= context.limits.memoryBytes else {
            throw ToolFailure("'value' is longer than \(context.limits.memoryBytes) bytes")
        }
        guard context.memory[key] != nil || context.memory.count < context.limits.memoryVariables else {
            throw ToolFailure("\(context.limits.memoryVariables) things are remembered: forget one first")
        }
        return ToolOutcome("Remembered.", events: [.event(.memory(key: key, value: .string(value)))])
    }
}

/// `recall`: what the session remembers.
struct RecallTool: ModelTool {
    let kind = ToolCall.Kind.think
    let description = ToolDescription(
        name: "recall", text: "List what is remembered in this chat.",
        parameters: .arguments(["about": ("string", "Only what has this word.")], required: []))

    func title(of input: JSON) -> String { "Look up what is remembered" }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        let about = input["about"]?.string?.lowercased() ?? ""
        let lines = context.memory.sorted { $0.key < $1.key }.map { "\($0.key): \(Memory.text(of: $0.value))" }
            .filter { about.isEmpty || $0.lowercased().contains(about) }
        return ToolOutcome(lines.isEmpty ? "Nothing is remembered." : lines.joined(separator: "\n"))
    }
}
