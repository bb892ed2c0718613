import Foundation
import Sync
import Testing
import Wire

@testable import Screen

/// Whatever happens, in whatever order, on a screen of whatever size: nothing is wider than the screen, the caret is on
/// it, and nothing traps.
@Suite struct PropertyTests {
    /// `SCREEN_SEED=N` runs one seed, to find what a failure told.
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["SCREEN_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? Array(1...60)

    @Test(arguments: seeds)
    func holdsOnEverySize(seed: UInt64) {
        var story = Story(generator: SeededGenerator(seed: seed))
        for step in 0..<120 {
            story.step()
            let frame = story.screen.frame
            let size = story.screen.model.size
            let place = "seed \(seed), step \(step), \(size.columns)x\(size.rows)"
            guard frame.size == size, frame.rows.count == size.rows else {
                Issue.record("another size: \(place)")
                return
            }
            for (number, row) in frame.rows.enumerated() {
                let width = row.reduce(0) { $0 + columns(of: $1.text) }
                if width > size.columns {
                    Issue.record("row \(number) is \(width) wide: \(place): \(row.map(\.text).joined())")
                    return
                }
                let isPainted = row.allSatisfy { span in
                    span.text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
                }
                if !isPainted { Issue.record("row \(number) has a control character: \(place)") }
                // It would be drawn on whatever is left of it.
                if let first = row.first?.text.unicodeScalars.first, Screen.columns(of: first) == 0 {
                    Issue.record("row \(number) begins with a mark: \(place)")
                }
            }
            if let cursor = frame.cursor {
                let isInside = 0..<size.columns ~= cursor.column && 0..<size.rows ~= cursor.row
                if !isInside { Issue.record("the caret is at \(cursor): \(place)") }
            }
            if let tick = story.screen.model.nextTick(after: story.screen.now), tick <= story.screen.now {
                Issue.record("a tick that is not in the future: \(place)")
            }
        }
    }

    @Test func everySize() {
        for glyphs in [GlyphSet.unicode, .ascii] {
            var screen = Fixture(glyphs: glyphs)
            screen.converse()
            screen.type("some text that is long enough to be wrapped more than once on a narrow screen")
            if glyphs == .unicode { screen.type(" 中文字符 👍🏽") }
            for columns in 1...300 {
                for rows in [1, 2, 4, 5, 6, 8, 10, 16, 20, 24, 40, 100] {
                    screen.send(.resized(Size(columns: columns, rows: rows)))
                    let frame = screen.frame
                    let widest = frame.rows.map { $0.reduce(0) { $0 + ScreenTests.columns(of: $1.text) } }.max() ?? 0
                    #expect(frame.rows.count == rows && widest <= columns, "\(columns)x\(rows)")
                    if glyphs == .ascii {
                        let foreign = frame.text.joined().unicodeScalars.filter { !$0.isASCII }
                        #expect(foreign.isEmpty, "\(columns)x\(rows)")
                    }
                }
            }
        }
    }
}

/// A random run of everything that can happen, with a mirror that answers.
private struct Story {
    var screen = Fixture()
    var generator: SeededGenerator
    var journal: [Entry] = []

    init(generator: SeededGenerator) { self.generator = generator }

    mutating func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func text() -> String {
        if random(0...4) == 0 { return MarkdownSamples.random(using: &generator) }
        let length = random(0...random(1...40))
        return String.hostile(length: length, using: &generator)
    }

    /// What a tool call has produced: texts and edits.
    mutating func content() -> [JSON] {
        (0...random(0...3)).map { _ in
            if random(0...1) == 0 { return ToolCall.textContent(text()) }
            return [
                "type": "diff", "path": .string(text()), "oldText": .string(text() + text()),
                "newText": .string(text() + text()),
            ]
        }
    }

    mutating func step() {
        screen.seconds += Double(random(0...random(0...5000))) / 1000
        switch random(0...13) {
        case 13:
            let prompts = (0...random(0...20)).map { _ in text() }
            send(.prompts(ofChat: prompts, everywhere: prompts + [text()]))
            send(.tookBack(text()))
            send(.preview(SessionPreview(key: "1", said: prompts.map { .init(isUsers: $0 == "", text: $0) })))
            send(.news(["s1": SessionNews(isUnread: true, isWorking: true, questions: Int64(random(0...3)))]))
            let query = screen.model.editor.text
            let texts = prompts.map { text in
                FoundText(
                    key: "k", isHere: random(0...1) == 0, title: text, seq: Seq(random(1...100)), timestamp: 0,
                    isUsers: true, text: text)
            }
            send(.found(texts, words: query, isHere: random(0...1) == 0, isComplete: false))
            send(.files([text(), "a/" + text(), "x y"]))
        case 0...3: send(.key(key()))
        case 4, 5: live()
        case 6:
            let size = Size(columns: random(1...random(1...300)), rows: random(1...random(1...100)))
            send(.resized(size))
        case 7:
            send(
                .connection(
                    ConnectionStatus(state: state(), roundTrip: .milliseconds(random(0...3000)), lastFailure: text())))
        case 8: send(.notice(text()))
        case 11:
            let items = (0...random(0...30)).map { number in
                SessionItem(
                    key: "\(number)", session: SessionID("s\(number)"), title: text(), folder: text(), agent: text(),
                    server: number == 3 ? text() : nil, usedAt: Timestamp(random(0...2_000)) * 1_000_000_000,
                    isCurrent: number == 0, isExpired: number == 2, waiting: random(0...2))
            }
            send(.sessions(Array(items.dropFirst(random(0...1) * items.count))))
        case 9: send(.opened(title: text(), folder: text(), agent: text()))
        case 10:
            let texts = (0...random(0...2)).map { _ in text() }
            let refusal = text()
            send(
                .outbox(
                    texts.enumerated().map { index, text in
                        OutboxItem(
                            id: ClientMessageID("c\(index)"), content: [.text(text)], createdAt: screen.wallClock,
                            state: index == 0 ? .pending : index == 1 ? .sent : .refused(refusal))
                    }))
        default: send(.replaced(Array(journal.suffix(20)), hasMore: journal.count > 20))
        }
    }

    /// Sends, and answers what is asked of the mirror.
    mutating func send(_ intent: Intent) {
        var commands = screen.send(intent)
        var questions = 0
        while let command = commands.popLast() {
            switch command {
            case .loadOlder(let before):
                let end = before == .max ? journal.count : Int(before) - 1
                let page = journal[max(0, end - 20)..<end]
                commands += screen.send(.older(Array(page), hasMore: end > 20))
            case .loadNewer(let after):
                commands += screen.send(.newer(Array(journal.dropFirst(Int(after)).prefix(20))))
            case .send, .cancelTurn, .set, .reconnect, .quit, .suspend, .redraw, .saveDraft, .takeBack, .newSession,
                .forkSession, .answer,
                .listSessions, .listChats, .openSession, .listPrompts, .editExternally, .listFiles,
                .askForNews, .previewSession, .renameSession, .deleteSession, .exportSession, .find, .openFound,
                .useTheme, .copy, .notify:
                break
            }
            questions += 1
            precondition(questions < 1000, "the screen asks without end")
        }
    }

    mutating func live() {
        let entries = (0...random(0...10)).map { _ in
            let body = body()
            return screen.entry(body, clientMessageID: random(0...3) == 0 ? ClientMessageID("c\(random(0...2))") : nil)
        }
        journal += entries
        send(.entries(entries))
    }

    mutating func body() -> Entry.Body {
        let id = "\(random(0...3))"
        switch random(0...10) {
        case 10:
            let commands = (0...random(0...40)).map { number in
                JSON.object(of: [
                    "name": .string("x\(number)" + text()), "description": .string(text()),
                    "input": ["hint": .string(text())],
                ])
            }
            return .update(
                .other(["sessionUpdate": "available_commands_update", "availableCommands": .array(commands)]))
        case 0: return .user(text(), MessageID("u" + id))
        case 1...3: return .agent(text(), MessageID("a" + id))
        case 4: return .thought(text(), MessageID("t" + id))
        case 5: return .tool(ToolCallID(id), .execute, text())
        case 6: return .toolEnd(ToolCallID(id), [.failed, .completed, .inProgress][random(0...2)], content: content())
        case 7: return .plan(done: random(0...3), of: text(), text(), text())
        case 8: return .event(.turnStart("turn", prompt: "u"))
        default: return .event(.turnEnd("turn", .failed(text())))
        }
    }

    mutating func key() -> Key {
        let keys: [Key] = [
            .enter, .altEnter, .escape, .backspace, .delete, .up, .down, .left, .right, .home, .end, .pageUp, .pageUp,
            .pageDown, .wordLeft, .wordRight, .control("a"), .control("e"), .control("k"), .control("u"),
            .control("w"), .control("c"), .control("d"), .control("o"), .function(1), .focus(false), .focus(true), .tab,
            .backTab,
            .character("x"), .character("中"), .character("\u{301}"), .character(" "), .character("/"), .character("@"),
            .control("f"), .control("s"), .character("n"), .control("r"), .control("y"), .control("_"), .alt("d"),
            .control("n"), .control("p"),
            .paste(String(repeating: "line\n", count: 12)),
        ]
        return random(0...4) == 0 ? .paste(text()) : keys[random(0...keys.count - 1)]
    }

    mutating func state() -> ConnectionStatus.State {
        switch random(0...4) {
        case 0: .connecting
        case 1: .resuming
        case 2: .live
        case 3:
            .offline(since: screen.now, attempt: random(1...9), retryAt: screen.now + .milliseconds(random(0...9000)))
        default: .stopped(text())
        }
    }
}
