public import Wire

/// The result of an examination: a row for each criterion of the test plan.
public struct Report: Hashable, Sendable {
    /// The result of a criterion.
    public enum Outcome: String, Hashable, Sendable {
        /// The measured value fulfils the criterion.
        case passed
        /// The measured value does not fulfil the criterion.
        case failed
        /// It could not be measured here. That counts neither as passed nor as failed.
        case notMeasurable = "not_measurable"
    }

    /// A criterion of a case, with its result.
    public struct Criterion: Hashable, Sendable {
        /// What is measured, for example `memory variables`.
        public var name: String
        /// What the plan requires.
        public var required: String
        /// The measured value, formatted.
        public var measured: String
        /// Whether the criterion is fulfilled.
        public var outcome: Outcome
        /// What differs, why it could not be measured, or how it was measured; `nil` for nothing to add.
        public var detail: String?

        /// Creates a criterion with its result.
        public init(name: String, required: String, measured: String, outcome: Outcome, detail: String? = nil) {
            self.name = name
            self.required = required
            self.measured = measured
            self.outcome = outcome
            self.detail = detail
        }
    }

    /// A case of the plan, with its criteria.
    public struct Case: Hashable, Sendable {
        /// The number in the plan, from 1.
        public var number: Int
        /// The title, for people.
        public var title: String
        /// The name in the plan.
        public var name: String
        /// The criteria, in order.
        public var criteria: [Criterion]
        /// How long the case took, in milliseconds.
        public var duration: Int64

        /// Creates a case; criteria are added while it runs.
        public init(number: Int, title: String, name: String, criteria: [Criterion] = [], duration: Int64 = 0) {
            self.number = number
            self.title = title
            self.name = name
            self.criteria = criteria
            self.duration = duration
        }
    }

    /// A wait that was shortened (`--quick`).
    public struct ShortenedWait: Hashable, Sendable {
        /// The name of the wait.
        public var name: String
        /// The length in the plan, in milliseconds.
        public var planned: Int64
        /// The actual length, in milliseconds.
        public var actual: Int64

        /// Creates a wait from two lengths in milliseconds.
        public init(name: String, planned: Int64, actual: Int64) {
            self.name = name
            self.planned = planned
            self.actual = actual
        }
    }

    /// The address of the server that was examined.
    public var server: String
    /// The server's name and version, as it announced them.
    public var program: String
    /// When the examination began, in milliseconds since 1970.
    public var startedAt: Timestamp
    /// How long the examination took, in milliseconds.
    public var duration: Int64
    /// The waits that were shortened; empty when all had the plan's length.
    public var shortened: [ShortenedWait]
    /// The cases that were run, in order.
    public var cases: [Case]

    /// Creates a report; the cases are in order of their numbers.
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

    /// The number of criteria with this outcome.
    public func count(_ outcome: Outcome) -> Int {
        cases.reduce(0) { $0 + $1.criteria.count { $0.outcome == outcome } }
    }

    /// Whether no criterion failed and at least one passed.
    public var isPassed: Bool { count(.failed) == 0 && count(.passed) > 0 }

    /// The result in one sentence.
    var summary: String {
        let (passed, failed, unknown) = (count(.passed), count(.failed), count(.notMeasurable))
        let measured = passed + failed
        let begin = failed == 0 ? "All \(measured) criteria hold" : "\(failed) of \(measured) criteria do not hold"
        guard unknown > 0 else { return begin + "." }
        return begin + ", and \(unknown) could not be measured here."
    }
}

extension Report.Case {
    /// Adds a measured criterion.
    mutating func check(
        _ name: String, required: String, measured: String, _ holds: Bool, detail: @autoclosure () -> String? = nil
    ) {
        criteria.append(
            .init(
                name: name, required: required, measured: measured, outcome: holds ? .passed : .failed,
                detail: detail()))
    }

    /// Adds a criterion that two things are equal.
    mutating func compare(
        _ name: String, required: String = "the same", _ holds: Bool, detail: @autoclosure () -> String? = nil
    ) {
        check(name, required: required, measured: holds ? required : "not so", holds, detail: holds ? nil : detail())
    }

    /// Adds a criterion that a time is below a bound.
    mutating func time(_ name: String, below bound: Duration, _ measured: Duration, detail: String? = nil) {
        check(
            name, required: "< \(Figures.duration(bound))", measured: Figures.duration(measured), measured < bound,
            detail: detail)
    }

    /// Adds a criterion that could not be measured, with the reason.
    mutating func skip(_ name: String, required: String, _ reason: String) {
        criteria.append(
            .init(name: name, required: required, measured: "not measurable", outcome: .notMeasurable, detail: reason))
    }
}
