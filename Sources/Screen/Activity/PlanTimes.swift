import Wire

/// When the steps of the plan began and ended, by what the entries tell.
struct PlanTimes: Hashable, Sendable {
    /// The times of one step; both are `nil` when it was seen in its present state only.
    struct Step: Hashable, Sendable {
        var content: String
        var startedAt: Timestamp?
        var endedAt: Timestamp?

        /// How long it took, in milliseconds; `nil` when that is not known.
        var tookMilliseconds: Int64? {
            guard let startedAt, let endedAt else { return nil }
            let (took, overflows) = endedAt.subtractingReportingOverflow(startedAt)
            return overflows ? nil : max(0, took)
        }
    }

    /// The most steps whose times are kept.
    static let stepsMaximum = 100

    private(set) var steps: [Step] = []

    /// A new plan: a step that keeps its text keeps its times, even in another place.
    mutating func take(_ plan: [PlanEntry], at timestamp: Timestamp) {
        var known = Dictionary(steps.map { ($0.content, $0) }) { first, _ in first }
        steps = plan.prefix(PlanTimes.stepsMaximum).map { entry in
            let content = entry.content.label
            var step = known.removeValue(forKey: content) ?? Step(content: content)
            switch entry.status {
            case .pending: (step.startedAt, step.endedAt) = (nil, nil)
            case .inProgress: (step.startedAt, step.endedAt) = (step.startedAt ?? timestamp, nil)
            case .completed: if step.startedAt != nil { step.endedAt = step.endedAt ?? timestamp }
            }
            return step
        }
    }

    /// The times of a step of the present plan; `nil` when nothing is known.
    subscript(_ index: Int, _ content: String) -> Step? {
        steps.indices.contains(index) && steps[index].content == content ? steps[index] : nil
    }
}
