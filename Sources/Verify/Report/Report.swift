public import Wire

/// What an examination found: a row for each criterion of the customer's test plan.
public struct Report: Hashable, Sendable {
    /// What became of a criterion.
    public enum Outcome: String, Hashable, Sendable {
        /// It holds.
        case passed
        /// It does not.
        case failed
        /// It could not be measured here. That is no success, and is shown as what it is.
        case notMeasurable = "not_measurable"
    }

    /// One criterion.
    public struct Criterion: Hashable, Sendable {
        /// What is looked at.
        public var name: String
        /// What the plan wants.
        public var required: String
        /// What was found.
        public var measured: String
        /// Whether that is what the plan wants.
        public var outcome: Outcome
        /// What differs, why it could not be measured, or how it was.
        public var detail: String?

        /// A criterion.
        public init(name: String, required: String, measured: String, outcome: Outcome, detail: String? = nil) {
            self.name = name
            self.required = required
            self.measured = measured
            self.outcome = outcome
            self.detail = detail
        }
    }

    /// One case of the plan.
    public struct Case: Hashable, Sendable {
        /// Its number in the plan.
        public var number: Int
        /// What it is about, for people.
        public var title: String
        /// Its name in the plan.
        public var name: String
        /// Its criteria, in order.
        public var criteria: [Criterion]
        /// How long it took, in milliseconds.
        public var duration: Int64

        /// A case.
        public init(number: Int, title: String, name: String, criteria: [Criterion] = [], duration: Int64 = 0) {
            self.number = number
            self.title = title
            self.name = name
            self.criteria = criteria
            self.duration = duration
        }
    }

    /// A wait that was not as long as the plan's.
    public struct ShortenedWait: Hashable, Sendable {
        /// Which.
        public var name: String
        /// How long it is in the plan, in milliseconds.
        public var planned: Int64
        /// How long it was, in milliseconds.
        public var actual: Int64

        /// A wait.
        public init(name: String, planned: Int64, actual: Int64) {
            self.name = name
            self.planned = planned
            self.actual = actual
        }
    }

    /// The server's address.
    public var server: String
    /// The server's program and version, as it says.
    public var program: String
    /// When the examination began.
    public var startedAt: Timestamp
    /// How long it took, in milliseconds.
    public var duration: Int64
    /// What was shortened; empty when the plan was followed to the second.
    public var shortened: [ShortenedWait]
    /// The cases, in order.
    public var cases: [Case]

    /// A report.
    public init(
        server: String, program: String, startedAt: Timestamp, duration: Int64, shortened: [ShortenedWait],
        cases: [Case]
    ) {
        self.server = server
        self.program = program
        self.startedAt = startedAt
        self.duration = duration
        self.shortened = shortened
        self.cases = cases
    }

    /// How many criteria came out so.
    public func count(_ outcome: Outcome) -> Int {
        cases.reduce(0) { $0 + $1.criteria.count { $0.outcome == outcome } }
    }

    /// Whether no criterion failed and at least one was measured.
    public var isPassed: Bool { count(.failed) == 0 && count(.passed) > 0 }

    /// The outcome in a sentence.
    var summary: String {
        let (passed, failed, unknown) = (count(.passed), count(.failed), count(.notMeasurable))
        let measured = passed + failed
        let begin = failed == 0 ? "All \(measured) criteria hold" : "\(failed) of \(measured) criteria do not hold"
        guard unknown > 0 else { return begin + "." }
        return begin + ", and \(unknown) could not be measured here."
    }
}

extension Report.Case {
    /// Adds a criterion that was measured.
    mutating func check(
        _ name: String, required: String, measured: String, _ holds: Bool, detail: @autoclosure () -> String? = nil
    ) {
        criteria.append(
            .init(
                name: name, required: required, measured: measured, outcome: holds ? .passed : .failed,
                detail: detail()))
    }

    /// Adds a criterion whose measure is that two things are the same.
    mutating func compare(
        _ name: String, required: String = "the same", _ holds: Bool, detail: @autoclosure () -> String? = nil
    ) {
        check(name, required: required, measured: holds ? required : "not so", holds, detail: holds ? nil : detail())
    }

    /// Adds a criterion that is a time below a bound.
    mutating func time(_ name: String, below bound: Duration, _ measured: Duration, detail: String? = nil) {
        check(
            name, required: "< \(Figures.duration(bound))", measured: Figures.duration(measured), measured < bound,
            detail: detail)
    }

    /// Adds a criterion that cannot be measured.
    mutating func skip(_ name: String, required: String, _ reason: String) {
        criteria.append(
            .init(name: name, required: required, measured: "not measurable", outcome: .notMeasurable, detail: reason))
    }
}
