/// One step of the agent's plan (ACP, Agent Plan).
public struct PlanEntry: Hashable, Sendable {
    /// How much the step matters.
    public enum Priority: String, Hashable, Sendable { case high, medium, low }

    /// How far the step is.
    public enum Status: String, Hashable, Sendable {
        case pending, completed
        case inProgress = "in_progress"
    }

    /// What the step is, for people.
    public var content: String
    /// How much it matters.
    public var priority: Priority
    /// How far it is.
    public var status: Status

    /// A step.
    public init(content: String, priority: Priority = .medium, status: Status) {
        self.content = content
        self.priority = priority
        self.status = status
    }
}

extension PlanEntry: JSONConvertible {
    /// Reads a step.
    public init(json: JSON) throws(RPCError) {
        self.init(
            content: try json.requiredString("content"),
            priority: json["priority"]?.string.flatMap(Priority.init(rawValue:)) ?? .medium,
            status: json["status"]?.string.flatMap(Status.init(rawValue:)) ?? .pending)
    }

    /// The step.
    public var json: JSON {
        ["content": .string(content), "priority": .string(priority.rawValue), "status": .string(status.rawValue)]
    }
}

/// Where a workflow stands, as its plan says.
public struct WorkflowPosition: Hashable, Sendable {
    /// The step being worked on, from 1; when none is, the number of the first that is not completed, and when all
    /// are, the number of steps.
    public var step: Int
    /// How many steps there are.
    public var count: Int
    /// How many steps are completed.
    public var completed: Int
    /// The steps that are not completed and not being worked on.
    public var pending: [String]

    /// The position that a plan says; `nil` for an empty plan.
    public init?(plan: [PlanEntry]) {
        guard !plan.isEmpty else { return nil }
        let current = plan.firstIndex { $0.status == .inProgress } ?? plan.firstIndex { $0.status != .completed }
        step = (current ?? plan.count - 1) + 1
        count = plan.count
        completed = plan.count { $0.status == .completed }
        pending = plan.filter { $0.status == .pending }.map(\.content)
    }
}
