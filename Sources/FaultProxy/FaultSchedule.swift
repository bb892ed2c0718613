/// A parsed plan file: faults and their times.
///
/// It runs in virtual time: the caller asks what is due, and when to ask again.
///
/// ```swift
/// var schedule = try FaultSchedule(parsing: "2s cut\n+1s heal\nevery 10s reset\n")
/// schedule.due(at: .seconds(2))  // [.cut]
/// schedule.next                  // 3 s
/// ```
public struct FaultSchedule: Hashable, Sendable {
    /// A step that is still to come.
    struct Step: Hashable, Sendable {
        /// The time after the start.
        var moment: Duration
        /// The period of a repeated step; `nil` for one that happens once.
        var period: Duration?
        var fault: Fault
    }

    /// The steps that are still to come, by time.
    private(set) var steps: [Step]

    /// Creates a schedule; steps at the same time keep their order.
    init(_ steps: [Step]) {
        self.steps = []
        for step in steps { insert(step) }
    }

    /// Removes and returns what is due.
    ///
    /// - Parameter elapsed: The time since the start.
    /// - Returns: The faults, in order. A repeated step is returned once, however late the call is.
    public mutating func due(at elapsed: Duration) -> [Fault] {
        var faults: [Fault] = []
        while let step = steps.first, step.moment <= elapsed {
            steps.removeFirst()
            faults.append(step.fault)
            guard let period = step.period else { continue }
            let missed = Int64((elapsed - step.moment) / period)
            insert(Step(moment: step.moment + period * Int(missed + 1), period: period, fault: step.fault))
        }
        return faults
    }

    /// The time of the next step after the start; `nil` when there is none.
    public var next: Duration? { steps.first?.moment }

    private mutating func insert(_ step: Step) {
        let place = steps.firstIndex { $0.moment > step.moment } ?? steps.endIndex
        steps.insert(step, at: place)
    }
}
