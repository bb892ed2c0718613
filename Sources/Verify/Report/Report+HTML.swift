import Wire

extension Report {
    /// The report as one self-contained HTML page, for light and dark screens and for paper.
    public var html: String {
        let waits = shortened.map { wait in
            let (planned, actual) = (Duration.milliseconds(wait.planned), Duration.milliseconds(wait.actual))
            return "<li>\(Markup.escaped(wait.name)): \(Figures.duration(actual)) "
                + "instead of \(Figures.duration(planned))</li>"
        }
        let note =
            waits.isEmpty ? "" : "<p>These waits were shortened:</p>\n<ul>\n\(waits.joined(separator: "\n"))\n</ul>\n"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>belay verify: \(isPassed ? "passed" : "failed")</title>
            <style>
            \(Page.style)
            </style>
            </head>
            <body>
            <h1>belay verify</h1>
            <p class="verdict \(isPassed ? "passed" : "failed")">\(summary)</p>
            <dl>
            <dt>Server</dt><dd>\(Markup.escaped(server))</dd>
            <dt>Program</dt><dd>\(Markup.escaped(program))</dd>
            <dt>Begun</dt><dd>\(ISO8601.text(startedAt))</dd>
            <dt>Took</dt><dd>\(Figures.duration(.milliseconds(duration)))</dd>
            </dl>
            \(note)\(cases.map(Page.section).joined(separator: "\n"))
            </body>
            </html>

            """
    }
}

/// Builds the parts of the page.
private enum Page {
    static func section(_ examined: Report.Case) -> String {
        """
        <section>
        <h2>\(examined.number). \(Markup.escaped(examined.title))</h2>
        <p class="name">\(Markup.escaped(examined.name)), \(Figures.duration(.milliseconds(examined.duration)))</p>
        <table>
        <thead><tr><th>Criterion</th><th>Required</th><th>Measured</th><th>Result</th></tr></thead>
        <tbody>
        \(examined.criteria.map(row).joined(separator: "\n"))
        </tbody>
        </table>
        </section>
        """
    }

    private static func row(_ criterion: Report.Criterion) -> String {
        let detail = criterion.detail.map { "<br><small>\(Markup.escaped($0))</small>" } ?? ""
        let (word, kind) =
            switch criterion.outcome {
            case .passed: ("pass", "passed")
            case .failed: ("fail", "failed")
            case .notMeasurable: ("not measurable", "unknown")
            }
        return "<tr><td>\(Markup.escaped(criterion.name))\(detail)</td><td>\(Markup.escaped(criterion.required))</td>"
            + "<td>\(Markup.escaped(criterion.measured))</td><td class=\"\(kind)\">\(word)</td></tr>"
    }

    static let style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --rule: #d0d7de; --soft: #59636e;
          --good: #116329; --bad: #b3261e; --open: #7a5200; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #16181c; --rule: #3a4048;
          --soft: #9aa4b0; --good: #5fd38a; --bad: #ff8a80; --open: #f0c060; } }
        body { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; max-width: 60rem;
          margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin-bottom: 0; }
        h2 { font-size: 1.15rem; margin: 2rem 0 0; }
        .verdict { font-size: 1.2rem; margin-top: .2rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.5rem; }
        dt, .name, small { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        .name { font-size: .85rem; margin: 0 0 .4rem; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--rule); }
        th:nth-child(1) { width: 45%; }
        td:nth-child(4), .verdict { font-weight: 600; }
        .passed { color: var(--good); } .failed { color: var(--bad); } .unknown { color: var(--open); }
        @media print { :root { --ink: #000; --paper: #fff; --rule: #999; --soft: #444; --good: #000; --bad: #000;
          --open: #000; } body { margin: 0; max-width: none; font-size: 11pt; } section { break-inside: avoid; } }
        """
}
