import Sync
import Testing
import Wire

@testable import Screen

/// Reading through a history of any length with a window of bounded size.
@Suite struct HistoryTests {
    @Test func anOlderPageIsAskedForOncePerPage() {
        var reader = Reader(messages: 500)
        reader.open(page: 100)
        #expect(reader.screen.text.contains { $0.contains("message 500") })
        #expect(reader.asked == [])
        for _ in 0..<40 { reader.screen.press(.pageUp).forEach { reader.note($0) } }
        #expect(reader.asked == [.loadOlder(before: 401)], "one question, however long the answer takes")
        reader.answer()
        #expect(reader.screen.model.transcript.blocks.count == 200)
        for _ in 0..<40 { reader.screen.press(.pageUp).forEach { reader.note($0) } }
        #expect(reader.asked == [.loadOlder(before: 301)])
    }

    @Test func onlyWhatIsNearTheViewIsLaidOut() {
        var reader = Reader(messages: 4_000)
        reader.open(page: 4_000)
        #expect(reader.screen.model.transcript.layouts.count < 40)
        reader.screen.send(.resized(Size(columns: 100, rows: 24)))
        #expect(reader.screen.model.transcript.layouts.count < 40)
    }

    @Test func theTextBeingReadStaysWhenOlderPagesAndNewEntriesCome() {
        var reader = Reader(messages: 500)
        reader.open(page: 100)
        for _ in 0..<14 { reader.screen.press(.pageUp).forEach { reader.note($0) } }
        while reader.asked.isEmpty { reader.screen.press(.pageUp).forEach { reader.note($0) } }
        let before = reader.reading
        reader.answer()
        #expect(reader.reading == before)
        reader.screen.send(.entries([reader.append("something new")]))
        #expect(reader.reading == before)
        reader.screen.send(.notice("connection lost"))
        reader.screen.send(.outbox([OutboxItem(id: "1", content: [.text("waiting")], createdAt: 0)]))
        #expect(reader.reading == before)
        #expect(reader.screen.text.contains { $0.contains("↓ 1 new") })
    }

    @Test func anEmptyAnswerEndsTheHistory() {
        var screen = Fixture()
        let commands = screen.send(.replaced([screen.entry(.user("only"))], hasMore: true))
        #expect(commands == [.loadOlder(before: 1)])
        #expect(screen.send(.older([], hasMore: false)) == [])
        #expect(screen.press(.pageUp, .home) == [])
    }

    @Test func aMessageCutByAPageIsOneAgain() {
        var screen = Fixture()
        let first = [screen.entry(.user("ask")), screen.entry(.agent("Hello wo"))]
        let second = [screen.entry(.agent("rld, how ")), screen.entry(.agent("are you"))]
        screen.send(.replaced(second, hasMore: true))
        screen.send(.older(first, hasMore: false))
        #expect(screen.blocks == ["you: ask", "agent: Hello world, how are you"])
        #expect(screen.model.transcript.blocks.map(\.firstSeq) == [1, 2])
    }

    @Test func aToolCallCutByPagesTakesTheLatestOfItsChanges() {
        var screen = Fixture()
        let pages = [
            [screen.entry(.tool("1", .execute, "make", .pending))],
            [screen.entry(.toolEnd("1", .inProgress))],
            [screen.entry(.toolEnd("1", .completed)), screen.entry(.agent("done"))],
        ]
        screen.send(.replaced(pages[2], hasMore: true))
        screen.send(.older(pages[1], hasMore: true))
        screen.send(.older(pages[0], hasMore: false))
        #expect(screen.blocks == ["execute make completed", "agent: done"])
        #expect(screen.model.transcript.orphans.isEmpty)
    }

    @Test func pagesThatShowNothingDoNotEndTheWay() {
        var screen = Fixture()
        let pages = [
            [screen.entry(.user("the beginning"))],
            (1...50).map { _ in screen.entry(.event(.memory(key: "k", value: 1))) },
            [screen.entry(.user("the end", "u2"))],
        ]
        #expect(screen.send(.replaced(pages[2], hasMore: true)) == [.loadOlder(before: 52)])
        #expect(screen.send(.older(pages[1], hasMore: true)) == [.loadOlder(before: 2)])
        #expect(screen.send(.older(pages[0], hasMore: false)) == [])
        #expect(screen.blocks == ["you: the beginning", "you: the end"])
    }

    @Test func aToolCallThatLeftTheWindowComesBackAsItWas() {
        var reader = Reader(messages: 0)
        reader.page = 500
        let end = ToolCallID("1")
        reader.append(.tool(end, .execute, "make"))
        for number in 1...20 { reader.append(.user("message \(number)", MessageID("\(number)"))) }
        reader.append(.toolEnd(end, .completed, content: [ToolCall.textContent("built")]))
        reader.screen.send(.entries(reader.journal))
        for number in 21...6_000 {
            reader.screen.send(.entries([reader.append(.user("message \(number)", MessageID("\(number)")))]))
        }
        #expect(reader.screen.model.transcript.tools.isEmpty)
        while reader.messagesInView.first != 1 { reader.press(.pageUp) }
        reader.press(.pageUp)
        #expect(reader.screen.rows(with: "✓ execute make") == 1)
        #expect(reader.screen.rows(with: "built") == 1)
    }

    @Test func theWindowIsBoundedAndEveryMessageIsReached() {
        var reader = Reader(messages: 100_000)
        reader.open(page: 500)
        var seen: Set<Int> = []
        var widest = 0
        for _ in 0..<20_000 {
            seen.formUnion(reader.messagesInView)
            widest = max(widest, reader.screen.model.transcript.blocks.count)
            if seen.contains(1) { break }
            reader.press(.pageUp)
        }
        #expect(seen.count == 100_000, "up")
        #expect(widest <= Transcript.blocksMaximum)
        #expect(reader.screen.model.transcript.layouts.lines <= LayoutCache.linesMaximum + 60)

        seen = []
        for _ in 0..<20_000 {
            seen.formUnion(reader.messagesInView)
            if seen.contains(100_000) { break }
            reader.press(.pageDown)
        }
        #expect(seen.count == 100_000, "down")
        reader.press(.pageDown)
        #expect(reader.screen.model.transcript.scroll == .following)
    }

    @Test func homeAndEndJumpAcrossWhatIsNotHeld() {
        var reader = Reader(messages: 20_000)
        reader.open(page: 500)
        reader.press(.home)
        #expect(reader.messagesInView.first == 1)
        #expect(reader.screen.model.transcript.blocks.count == 500)
        reader.screen.send(.entries([reader.append("message 20001")]))
        #expect(reader.messagesInView.first == 1)
        reader.press(.end)
        #expect(reader.messagesInView.last == 20_001)
        #expect(reader.screen.model.transcript.scroll == .following)
        reader.screen.send(.entries([reader.append("message 20002")]))
        #expect(reader.messagesInView.last == 20_002)
    }

    @Test func anAnswerThatAJumpMadeVoidIsDropped() {
        var reader = Reader(messages: 5_000)
        reader.open(page: 100)
        for _ in 0..<40 { reader.screen.press(.pageUp).forEach { reader.note($0) } }
        let stale = reader.journal[4_700..<4_800]
        reader.screen.press(.home).forEach { reader.note($0) }
        #expect(reader.asked == [.loadOlder(before: 4_901), .loadNewer(after: 0)])
        reader.screen.send(.older(Array(stale), hasMore: true))
        #expect(reader.screen.model.transcript.blocks.isEmpty)
        reader.screen.send(.newer(Array(reader.journal[..<100])))
        #expect(reader.messagesInView.first == 1)
    }

    @Test func sendingFromTheMiddleOfTheHistoryShowsTheEnd() {
        var reader = Reader(messages: 20_000)
        reader.open(page: 500)
        reader.press(.home)
        reader.screen.type("hello")
        #expect(
            reader.screen.press(.enter) == [.send("hello"), .saveDraft(""), .loadOlder(before: .max)])
    }

    @Test func aNoticeWhileTheEndIsNotHeldIsShownAtTheEnd() {
        var reader = Reader(messages: 20_000)
        reader.open(page: 500)
        reader.press(.home)
        reader.screen.send(.notice("connection lost"))
        #expect(!reader.screen.text.joined().contains("connection lost"))
        reader.press(.end)
        #expect(reader.screen.text.joined().contains("connection lost"))
    }

    @Test func bytesAreBoundedToo() {
        var screen = Fixture()
        let text = String(repeating: "x", count: 60_000)
        for batch in 0..<6 {
            let entries = (0..<100).map { screen.entry(.agent(text, MessageID("\(batch) \($0)"))) }
            screen.send(.entries(entries))
        }
        #expect(screen.model.transcript.bytes <= Transcript.bytesMaximum)
        #expect(screen.model.transcript.blocks.count > 20)
        #expect(screen.model.transcript.bytes == screen.model.transcript.blocks.reduce(0) { $0 + $1.bytes })
    }

    /// What is near the view may have more than the bound: a finished thought of any length is one line. If it were
    /// dropped it would be asked for again, and dropped again, without an end.
    @Test(arguments: [0, 10]) func whatIsNearTheViewIsHeldWhateverItsSize(pagesUp: Int) {
        var reader = Reader(messages: 500)
        reader.open(page: 400)
        for _ in 0..<pagesUp { reader.press(.pageUp) }
        let before = reader.screen.text
        reader.screen.model.transcript.keepWithinBounds(bytes: 1)
        #expect((15...60).contains(reader.screen.model.transcript.blocks.count))
        #expect(reader.screen.send(.tick) == [])
        #expect(reader.screen.text == before)
    }

    @Test func aResizeKeepsTheBlockBeingRead() {
        var reader = Reader(messages: 500)
        reader.open(page: 400)
        for _ in 0..<10 { reader.press(.pageUp) }
        let first = reader.messagesInView.first
        for columns in [40, 120, 25, 300, 80] {
            reader.screen.send(.resized(Size(columns: columns, rows: 24)))
            #expect(reader.messagesInView.first == first)
        }
    }
}

/// Somebody who reads, with a mirror that answers.
private struct Reader {
    var screen = Fixture()
    var journal: [Entry] = []
    var page = 500
    /// What was asked and not answered.
    var asked: [Command] = []

    init(messages: Int) {
        for number in 0..<messages { append(.user("message \(number + 1)", MessageID("\(number)"))) }
    }

    mutating func open(page: Int) {
        self.page = page
        screen.send(.replaced(Array(journal.suffix(page)), hasMore: journal.count > page)).forEach { note($0) }
    }

    mutating func append(_ text: String) -> Entry { append(.user(text, MessageID("new \(journal.count)"))) }

    @discardableResult
    mutating func append(_ body: Entry.Body) -> Entry {
        let entry = screen.entry(body)
        journal.append(entry)
        return entry
    }

    mutating func note(_ command: Command) { asked.append(command) }

    mutating func press(_ key: Key) {
        screen.press(key).forEach { note($0) }
        answer()
    }

    mutating func answer() {
        while let command = asked.popLast() {
            switch command {
            case .loadOlder(let before):
                let end = before == .max ? journal.count : Int(before) - 1
                let start = max(0, end - page)
                screen.send(.older(Array(journal[start..<end]), hasMore: start > 0)).forEach { note($0) }
            case .loadNewer(let after):
                screen.send(.newer(Array(journal.dropFirst(Int(after)).prefix(page)))).forEach { note($0) }
            default: Issue.record("an unexpected command: \(command)")
            }
        }
    }

    /// The rows that show history, without the rule that tells how much is new.
    var reading: [String] { Array(screen.text[1..<18]) }

    /// The numbers of the messages in view.
    var messagesInView: [Int] {
        screen.text.compactMap { row in
            row.firstRange(of: "message ").flatMap { Int(row[$0.upperBound...].prefix { $0.isNumber }) }
        }
    }
}

/// What the mirror does not hold yet is said, and never taken for nothing.
@Suite struct LackingTests {
    private func reading() -> (Fixture, [Entry]) {
        var screen = Fixture()
        let older = [screen.entry(.user("first question"))]
        let newer = [screen.entry(.user("second question"))]
        screen.send(.replaced(newer, hasMore: true))
        screen.send(.older([], hasMore: true))
        return (screen, older)
    }

    @Test func aLineSaysThatOlderEntriesAreStillAtTheServer() {
        let (screen, _) = reading()
        #expect(screen.text.contains { $0.contains("older entries are still at the server") })
        #expect(screen.text.contains { $0.contains("second question") })
    }

    @Test func theLineGoesWhenTheyCome() {
        var (screen, older) = reading()
        #expect(screen.send(.filled) == [.loadOlder(before: 2)])
        screen.send(.older(older, hasMore: false))
        #expect(!screen.text.contains { $0.contains("still at the server") })
        #expect(screen.text.contains { $0.contains("first question") })
    }

    @Test func aGapBetweenTwoPartsIsSaidWhereItIs() {
        var screen = Fixture()
        let first = screen.entry(.user("first question"))
        let lacking = screen.entry(.user("second question"))
        let last = screen.entry(.user("third question"))
        screen.send(.replaced([last], hasMore: true))
        screen.press(.pageUp, .home)
        screen.send(.newer([first]))
        screen.send(.newer([last]))
        #expect(screen.text.contains { $0.contains("entries between these are still at the server") })
        #expect(screen.send(.filled) == [.loadNewer(after: 1)])
        screen.send(.newer([lacking, last]))
        #expect(!screen.text.contains { $0.contains("still at the server") })
        #expect(screen.text.contains { $0.contains("second question") })
    }
}
