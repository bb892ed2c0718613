/// One step of the agent's plan (ACP, Agent Plan).
public struct PlanEntry: Hashable, Sendable {
    /// The priority of a step (ACP, Agent Plan).
    public enum Priority: String, Hashable, Sendable { case high, medium, low }

    /// The status of a step (ACP, Agent Plan).
    public enum Status: String, Hashable, Sendable {
        case pending, completed
        case inProgress = "in_progress"
    }

    /// What the step does, for people.
    public var content: String
    /// The step's priority, as the agent sees it.
    public var priority: Priority
    /// Whether the step is pending, in progress or completed.
    public var status: Status

    /// Creates a step of a plan.
    public init(content: String, priority: Priority = .medium, status: Status) {
        self.content = content
        self.priority = priority
        self.status = status
    }
}

extension PlanEntry: JSONConvertible {
    /// Decodes a step; an unknown priority is `medium`, an unknown status `pending`.
    public init(json: JSON) throws(RPCError) {
        self.init(
            content: try json.requiredString("content"),
            priority: json["priority"]?.string.flatMap(Priority.init(rawValue:)) ?? .medium,
            status: json["status"]?.string.flatMap(Status.init(rawValue:)) ?? .pending)
    }

    /// The step as an element of ACP's `entries`.
    public var json: JSON {
        ["content": .string(content), "priority": .string(priority.rawValue), "status": .string(status.rawValue)]
    }
}

/// The progress of a workflow, derived from its plan.
public struct WorkflowPosition: Hashable, Sendable {
    /// The number of the step in progress, from 1; without one, of the first step that is not completed; when all are
    /// completed, the number of steps.
    public var step: Int
    /// How many steps there are.
    public var count: Int
    /// How many steps are completed.
    public var completed: Int
    /// The steps that are pending.
    public var pending: [String]

    /// Derives the progress from a plan; `nil` for an empty plan.
    public init?(plan: [PlanEntry]) {
        guard !plan.isEmpty else { return nil }
        let current = plan.firstIndex { $0.status == .inProgress } ?? plan.firstIndex { $0.status != .completed }
        step = (current ?? plan.count - 1) + 1
        count = plan.count
        completed = plan.count { $0.status == .completed }
        pending = plan.filter { $0.status == .pending }.map(\.content)
    }
}
