import Foundation
import TestKit
import Testing
import Verify
import Wire

/// The four forms of a report, and what it says of itself.
@Suite struct ReportTests {
    private static let report = Report(
        server: "ws://[::1]:8137", program: "belayd 0.1.0", startedAt: 1_795_000_000_123, duration: 812_345,
        shortened: [
            .init(name: "case 1, the pause", planned: 2_500, actual: 0),
            .init(name: "case 5, extended", planned: 600_000, actual: 305_000),
        ],
        cases: [
            .init(
                number: 1, title: "Reconnection preserves the conversation", name: "test_basic",
                criteria: [
                    .init(name: "messages in the history", required: "5", measured: "5", outcome: .passed),
                    .init(
                        name: "timestamps", required: "the same", measured: "not so", outcome: .failed,
                        detail: "<b>one</b> & \"another\" is not the one that was sent at first, which is a long story"
                            + " that needs more than a line of eighty columns"),
                    .init(
                        name: "retrieval of the history", required: "< 1 s", measured: "12.3 ms", outcome: .passed),
                ], duration: 1_234),
            .init(
                number: 3, title: "Reconnection from another address", name: "test_location",
                criteria: [
                    .init(
                        name: "recognized from another address", required: "yes", measured: "not measurable",
                        outcome: .notMeasurable, detail: "a Unix socket has no addresses"),
                    .init(
                        name: "latency added by moving", required: "< 10 %", measured: "-0.4 %", outcome: .passed,
                        detail: "the median of 40 pairs; from the same address 3.1 ms"),
                ], duration: 65_000),
        ])

    @Test func theTableIsAsItWas() throws {
        let table = Self.report.table()
        try Golden.check(table, named: "report.txt")
        #expect(!table.contains("\u{1B}"))
        for line in table.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func coloursChangeNothingButColours() {
        let coloured = Self.report.table(hasColours: true)
        #expect(coloured.contains("\u{1B}[31mFAIL\u{1B}[0m"))
        #expect(coloured.replacing(#/\u{1B}\[\d+m/#, with: "") == Self.report.table())
    }

    @Test func whatAServerSaysOfItselfIsShownAndNotObeyed() {
        let text = "a\u{1B}]0;title\u{7}\u{9B}2J\u{202E}\n\u{2028}b"
        let report = Report(
            server: text, program: text, startedAt: 0, duration: 0,
            shortened: [.init(name: text, planned: 1, actual: 0)],
            cases: [
                .init(
                    number: 1, title: text, name: text,
                    criteria: [
                        .init(name: text, required: text, measured: text, outcome: .failed, detail: text)
                    ], duration: 0)
            ])
        for table in [report.table(), report.table(hasColours: true).replacing(#/\u{1B}\[\d+m/#, with: "")] {
            #expect(table.split(separator: "\n").count == 8, "each on its line")
            let isObeyed = table.unicodeScalars.contains { scalar in
                scalar != "\n" && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\u{202E}")
            }
            #expect(!isObeyed, "\(table.debugDescription)")
        }
        #expect(!report.json.printable.unicodeScalars.contains { $0.value == 0x9B || $0.value == 0x202E })
    }

    @Test func theObjectIsAsItWas() throws {
        let json = Self.report.json
        try Golden.check(json.text, named: "report.json")
        #expect(json["passed"] == false)
    }

    @Test func theXMLIsAsItWasAndWellFormed() throws {
        try Golden.check(Self.report.junit, named: "report.xml")
        #expect(Self.isWellFormed(Self.report.junit))
    }

    @Test func thePageIsAsItWasAndNeedsNothing() throws {
        let page = Self.report.html
        try Golden.check(page, named: "report.html")
        #expect(!page.contains("<b>"), "what servers say is text")
        for outside in ["http:", "https:", "src=", "url(", "<script", "<link"] { #expect(!page.contains(outside)) }
    }

    /// Every element is ended by the one that it was begun with.
    private static func isWellFormed(_ xml: String) -> Bool {
        var open: [Substring] = []
        for tag in xml.matches(of: #/<(\/?)([a-z]+)((?:\s+[a-z]+="[^"<&]*(?:&[a-z0-9#]+;[^"<&]*)*")*)\s*(\/?)>/#) {
            if tag.4 == "/" { continue }
            if tag.1.isEmpty { open.append(tag.2) } else if open.popLast() != tag.2 { return false }
        }
        return open.isEmpty && xml.contains("<testcase")
    }

    @Test func itPassesOnlyWhenNothingFailedAndSomethingWasMeasured() {
        func report(_ outcomes: Report.Outcome...) -> Report {
            let criteria = outcomes.map { Report.Criterion(name: "n", required: "r", measured: "m", outcome: $0) }
            return Report(
                server: "s", program: "p", startedAt: 0, duration: 0, shortened: [],
                cases: [.init(number: 1, title: "t", name: "n", criteria: criteria)])
        }
        #expect(report(.passed).isPassed)
        #expect(report(.passed, .notMeasurable).isPassed)
        #expect(!report(.passed, .failed).isPassed)
        #expect(!report(.notMeasurable).isPassed)
        #expect(!report().isPassed)
        #expect(report(.passed, .notMeasurable).table().contains("All 1 criteria hold, and 1 could not be measured"))
        #expect(report(.passed, .failed).table().contains("1 of 2 criteria do not hold."))
    }
}
