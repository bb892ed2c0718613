import Testing
import Wire

@testable import Screen

/// Whatever comes above or below, the line at the top of the view stays while the user reads.
@Suite struct ReadingTests {
    @Test(arguments: 1...30)
    func theLineAtTheTopStays(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        // From 120 columns on the panel stands in the row as well, and changes by itself.
        var screen = Fixture(columns: random(20...119), rows: random(8...60))
        var journal: [Entry] = []
        for number in 1...60 {
            journal += screen.exchange(number, using: &generator).map { screen.entry($0) }
        }
        var held = journal.count - random(5...40)
        screen.send(.replaced(Array(journal[held...]), hasMore: true))
        for _ in 0...random(1...12) { screen.press(.pageUp) }
        guard screen.model.transcript.scroll != .following else { return }

        for step in 1...40 {
            let (top, scroll) = (screen.text[1], screen.model.transcript.scroll)
            let change: String
            switch random(0...5) {
            case 0, 1:
                let bodies = screen.exchange(100 + step, using: &generator)
                screen.send(.entries(bodies.map { screen.entry($0) }))
                change = "entries"
            case 2:
                screen.arrive(.agent(MarkdownSamples.random(using: &generator), "streaming"))
                change = "a chunk"
            case 3:
                screen.send(.notice("connection lost"))
                change = "a notice"
            case 4:
                let start = max(0, held - random(1...30))
                screen.send(.older(Array(journal[start..<held]), hasMore: start > 0))
                if case .loading = screen.model.transcript.older {} else { held = start }
                change = "older entries"
            default:
                screen.send(.resized(Size(columns: screen.model.size.columns, rows: random(8...60))))
                change = "another height"
            }
            if screen.model.transcript.scroll == .following { return }
            if screen.text[1] != top {
                Issue.record("seed \(seed), step \(step), \(change), \(scroll): |\(top)| became |\(screen.text[1])|")
                return
            }
        }
    }

    @Test func aMessageThatComesTwiceOrMergedIsShownOnce() {
        var screen = Fixture()
        let parts = ["It is ", "**important", "** to say ", "it `once`."].map { screen.entry(.agent($0)) }
        screen.send(.entries(Array(parts[0...1])))
        screen.send(.entries(Array(parts[0...1])))
        let merged = Entry(from: 2, seq: 3, timestamp: screen.wallClock, body: .agent("**important** to say "))
        screen.send(.entries([merged]))
        screen.send(.entries([merged, parts[3]]))
        #expect(screen.rows(with: "agent   It is important to say it once.") == 1)
        #expect(screen.model.transcript.blocks.count == 1)
    }

    /// The last block of a message is laid out again with each chunk, and nothing above it.
    @Test func whatAChunkCosts() {
        var screen = Fixture()
        var (chunks, laidOut, shown) = (0, 0, 0)
        for character in String(repeating: MarkdownSamples.text + "\n\n" + MarkdownSamples.code + "\n\n", count: 3) {
            let before = screen.layout?.linesFinal ?? 0
            screen.arrive(.agent(String(character)))
            chunks += 1
            shown = screen.layout?.lines.count ?? 0
            laidOut += shown - before
        }
        print("figure: lines laid out again per chunk: \(laidOut * 10 / chunks) tenths, of \(shown) shown at the end")
        #expect(laidOut < chunks * 8)
    }

    @Test func aBlockOfCodeGoesOnInTheNextPartOfAMessage() {
        var screen = Fixture(columns: 100, rows: 30)
        screen.arrive(.agent("Begin.\n\n```swift\n"))
        for number in 1...4_000 { screen.arrive(.agent("let number\(number) = \(number) // a line of code\n")) }
        screen.arrive(.agent("```\n\n**End.**"))
        let transcript = screen.model.transcript
        #expect(transcript.blocks.count > 5)
        let painter = screen.model.painter(now: screen.now, wallClock: screen.wallClock)
        var rows: [String] = []
        for index in transcript.blocks.indices {
            rows += transcript.layout(at: index, with: painter).lines.map { $0.spans.map(\.text).joined() }
        }
        #expect(rows.count { $0.contains("┌") } == 1)
        #expect(rows.count { $0.contains("└") } == 1)
        #expect(rows.count { $0.contains("│ let number") } == 4_000)
        #expect(rows.last?.hasSuffix(" End.") == true)
        #expect(rows.count == 4_006)
    }
}

extension Fixture {
    fileprivate var layout: BlockLayout? { model.transcript.layouts[model.transcript.firstID] }

    /// A question, a thought, a tool call that has ended, and an answer.
    fileprivate mutating func exchange(_ number: Int, using generator: inout SeededGenerator) -> [Entry.Body] {
        let lines = (0..<Int.random(in: 0...9, using: &generator)).map { "output \($0)" }.joined(separator: "\n")
        let call = ToolCallID("call \(number)")
        return [
            .user("question \(number)", MessageID("u\(number)")),
            .thought("First.\n\nSecond.", MessageID("t\(number)")),
            .tool(call, .execute, "call \(number)"), .toolEnd(call, content: [ToolCall.textContent(lines)]),
            .agent(MarkdownSamples.random(using: &generator), MessageID("a\(number)")),
            .event(.turnEnd("turn", .stopped(.endTurn))),
        ]
    }
}
