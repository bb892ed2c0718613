/// Faults and when they come: a plan file, read.
///
/// It is decided in virtual time: who follows it asks what is due, and when to ask again.
///
/// ```swift
/// var schedule = try FaultSchedule(parsing: "2s cut\n+1s heal\nevery 10s reset\n")
/// schedule.due(at: .seconds(2))  // [.cut]
/// schedule.next                  // 3 s
/// ```
public struct FaultSchedule: Hashable, Sendable {
    /// A fault that is still to come.
    struct Step: Hashable, Sendable {
        /// When, from the start.
        var moment: Duration
        /// After how long it comes again; never when `nil`.
        var period: Duration?
        var fault: Fault
    }

    /// The steps that are to come, in order.
    private(set) var steps: [Step]

    /// A schedule with these steps; of those at one time, the first given comes first.
    init(_ steps: [Step]) {
        self.steps = []
        for step in steps { insert(step) }
    }

    /// Takes what is due.
    ///
    /// - Parameter elapsed: The time since the start.
    /// - Returns: The faults, in order. One that repeats comes once, however late it is asked for.
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

    /// When something is due next; `nil` when nothing is to come.
    public var next: Duration? { steps.first?.moment }

    private mutating func insert(_ step: Step) {
        let place = steps.firstIndex { $0.moment > step.moment } ?? steps.endIndex
        steps.insert(step, at: place)
    }
}
