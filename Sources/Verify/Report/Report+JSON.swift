public import Wire

extension Report {
    /// The report as one JSON object, for programs.
    public var json: JSON {
        [
            "server": .string(server), "program": .string(program), "startedAt": .string(ISO8601.text(startedAt)),
            "durationMs": .integer(duration), "passed": .bool(isPassed),
            "counts": [
                "passed": .integer(Int64(count(.passed))), "failed": .integer(Int64(count(.failed))),
                "notMeasurable": .integer(Int64(count(.notMeasurable))),
            ],
            "shortened": .array(
                shortened.map {
                    ["wait": .string($0.name), "plannedMs": .integer($0.planned), "actualMs": .integer($0.actual)]
                }),
            "cases": .array(cases.map(\.json)),
        ]
    }
}

extension Report.Case {
    fileprivate var json: JSON {
        [
            "number": .integer(Int64(number)), "title": .string(title), "name": .string(name),
            "durationMs": .integer(duration),
            "criteria": .array(
                criteria.map { criterion in
                    .object(of: [
                        "name": .string(criterion.name), "required": .string(criterion.required),
                        "measured": .string(criterion.measured), "outcome": .string(criterion.outcome.rawValue),
                        "detail": criterion.detail.map { .string($0) },
                    ])
                }),
        ]
    }
}
