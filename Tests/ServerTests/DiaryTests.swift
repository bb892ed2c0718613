import Ledger
import Logging
import Testing
import Wire

@testable import Server

/// Lines that peers cause: within a share for each user, counted past it, and with nothing of a peer that is no text.
@Suite struct DiaryTests {
    private let kept: LogKeeper
    private var diary: Diary

    init() {
        kept = LogKeeper()
        diary = Diary(kept.logger)
    }

    private var lines: [Logger.Metadata] { kept.lines.map(\.metadata) }

    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    private func count(of user: String) -> Int { lines.count { $0["user"] == .string(user) } }

    @Test mutating func eachUserHasAShareAndSoHaveAllStrangers() {
        for _ in 0..<1_000 {
            diary.note(.info, "said", of: Principal("mallory"), at: at(0), [:])
            diary.note(.info, "said", of: nil, at: at(0), [:])
        }
        #expect(count(of: "mallory") == Diary.burst)
        #expect(lines.count { $0["user"] == nil } == Diary.burst)
        diary.note(.info, "said", of: Principal("alice"), at: at(0), [:])
        #expect(count(of: "alice") == 1)
        #expect(lines.last?["suppressed"] == nil)

        diary.note(.info, "said", of: Principal("mallory"), at: at(1), [:])
        #expect(lines.last?["suppressed"] == .string("\(1_000 - Diary.burst)"))
        diary.note(.info, "said", of: Principal("mallory"), at: at(1), [:])
        #expect(lines.last?["suppressed"] == nil, "it is told once")
    }

    @Test mutating func sharesThatAreWholeAreForgottenAndOthersAreNot() {
        for _ in 0...Diary.burst { diary.note(.info, "said", of: Principal("mallory"), at: at(0), [:]) }
        diary.tidy(at: at(1_000))
        diary.note(.info, "said", of: Principal("mallory"), at: at(1_000), [:])
        #expect(lines.last?["suppressed"] == "1", "what was suppressed is told, however late")
        for _ in 0..<3 { diary.note(.info, "said", of: Principal("alice"), at: at(2_000), [:]) }
        diary.tidy(at: at(2_000))
        for _ in 0..<Diary.burst { diary.note(.info, "said", of: Principal("alice"), at: at(2_000), [:]) }
        #expect(count(of: "alice") == Diary.burst, "tidying gives nobody a second share")
    }

    @Test mutating func textsOfPeersAreCleanAndShort() throws {
        diary.note(
            .info, "said", of: Principal("m\u{1B}[2Jallory\n"), at: at(0),
            [
                "agent": "a\0b\u{1B}]0;title\u{7}c\nforged=line\u{202E}",
                "long": String(repeating: "\u{E9}", count: 10_000),
            ])
        let line = try #require(lines.first)
        #expect(line["agent"] == "abc forged=line")
        #expect(line["user"] == "mallory")
        let long = try #require(line["long"]).description
        #expect(long.unicodeScalars.count == Diary.textMaximum + 1 && long.hasSuffix("…"))
    }
}
