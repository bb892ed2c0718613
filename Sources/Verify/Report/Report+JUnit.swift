import Wire

extension Report {
    /// The report as JUnit XML for CI servers: a suite for each case, a test for each criterion.
    public var junit: String {
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuites name=\"belay verify\" \(Report.counts(cases.flatMap(\.criteria))) "
                + "time=\"\(Report.seconds(duration))\">",
        ]
        for examined in cases {
            lines.append(
                "  <testsuite name=\"\(Markup.escaped(examined.name))\" \(Report.counts(examined.criteria)) "
                    + "time=\"\(Report.seconds(examined.duration))\" timestamp=\"\(ISO8601.text(startedAt))\" "
                    + "hostname=\"\(Markup.escaped(server))\">")
            for criterion in examined.criteria {
                lines += Report.test(criterion, in: examined).map { "    " + $0 }
            }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>"]).map { $0 + "\n" }.joined()
    }

    private static func test(_ criterion: Criterion, in examined: Case) -> [String] {
        let begin =
            "<testcase classname=\"belay.verify.case\(examined.number)\" name=\"\(Markup.escaped(criterion.name))\""
        let found = "required \(criterion.required), measured \(criterion.measured)"
        let detail = criterion.detail.map { Markup.escaped($0) } ?? ""
        switch criterion.outcome {
        case .passed: return [begin + "/>"]
        case .failed:
            return [
                begin + ">", "  <failure message=\"\(Markup.escaped(found))\">\(detail)</failure>", "</testcase>",
            ]
        case .notMeasurable: return [begin + ">", "  <skipped message=\"\(detail)\"/>", "</testcase>"]
        }
    }

    private static func counts(_ criteria: [Criterion]) -> String {
        let failures = criteria.count { $0.outcome == .failed }
        let skipped = criteria.count { $0.outcome == .notMeasurable }
        return "tests=\"\(criteria.count)\" failures=\"\(failures)\" errors=\"0\" skipped=\"\(skipped)\""
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        "\(milliseconds / 1_000)." + String(milliseconds % 1_000 + 1_000).dropFirst()
    }
}

/// Escapes text for XML and HTML.
enum Markup {
    /// The text with the special characters of markup escaped, and without the control characters that XML forbids.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped += " "
            default: if scalar.value >= 0x20, scalar.value != 0x7F { escaped.unicodeScalars.append(scalar) }
            }
        }
        return escaped
    }
}
