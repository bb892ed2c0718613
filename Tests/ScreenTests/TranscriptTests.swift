import ScreenKit
import Sync
import Testing
import Wire

@testable import Screen

/// How entries become blocks.
@Suite struct FoldTests {
    @Test func chunksOfOneMessageAreOneBlock() {
        var screen = Fixture()
        screen.arrive(.agent("Hel"), .agent("lo\nwor"), .agent("ld"))
        #expect(screen.blocks == ["agent: Hello\nworld"])
    }

    @Test func anotherSpeakerOrMessageIsAnotherBlock() {
        var screen = Fixture()
        screen.arrive(.user("a"), .thought("b"), .agent("c", "1"), .agent("d", "2"))
        #expect(screen.blocks == ["you: a", "thought: b", "agent: c", "agent: d"])
    }

    @Test func twoPromptsWithoutNamesAreTwoMessages() {
        var screen = Fixture()
        let entries = [
            screen.entry(
                .update(.userMessage(ContentChunk(messageID: nil, content: .text("a")))), clientMessageID: "1"),
            screen.entry(
                .update(.userMessage(ContentChunk(messageID: nil, content: .text("b")))), clientMessageID: "2"),
        ]
        screen.send(.entries(entries))
        #expect(screen.blocks == ["you: a", "you: b"])
    }

    @Test func aMessageGoesOnAfterANoticeWithoutNamingItsSpeakerAgain() {
        var screen = Fixture()
        screen.arrive(.agent("before "))
        screen.send(.notice("connection lost"))
        screen.arrive(.agent("after"))
        #expect(screen.blocks == ["agent: before ", "gap: connection lost", "(agent): after"])
        #expect(screen.text.filter { $0.contains("agent ") }.count == 2, "the header and one speaker")
    }

    @Test func anEscapeSequenceCutByStreamingIsRemoved() {
        var screen = Fixture()
        screen.arrive(.agent("a\u{1B}"), .agent("[3"), .agent("1mb"))
        #expect(screen.blocks == ["agent: ab"])
    }

    @Test func aToolCallTakesItsChangesInPlace() {
        var screen = Fixture()
        screen.arrive(.tool("1", .read, "A.swift"), .tool("2", .edit, "B.swift"))
        screen.seconds += 1.5
        screen.arrive(.toolEnd("1"), .toolEnd("2", .failed, content: [ToolCall.textContent("no such file")]))
        #expect(screen.blocks == ["read A.swift completed", "edit B.swift failed"])
        #expect(screen.text.contains { $0.contains("✓ read    A.swift") && $0.hasSuffix("1.5s") })
        #expect(screen.text.contains { $0.contains("✕ edit    B.swift") })
        #expect(screen.text.contains { $0.contains("no such file") })
    }

    /// The journal has the identifier of the option, and users know its name.
    @Test func anAnswerIsToldInTheWordsOfItsOption() {
        var screen = Fixture()
        for (key, chosen) in [("q1", "yes"), ("q2", "odd")] {
            let question = Question(
                key: RequestKey(key), turn: "t", method: Method.requestPermission,
                params: [
                    "toolCall": ["title": "Remove it"],
                    "options": [["optionId": "yes", "name": "Allow\u{1B}[2J"], ["optionId": "no"]],
                ])
            let answer: JSON = ["outcome": ["outcome": "selected", "optionId": .string(chosen)]]
            screen.arrive(
                .event(.request(question)),
                .event(.requestResolved(Question.Resolution(key: question.key, answer: answer, by: "me"))))
        }
        let answers = screen.text.filter { $0.contains("answered: ") }.map { $0.drop { $0 == " " } }
        #expect(answers == ["answered: Allow", "answered: odd"])
    }

    @Test func aFailedTurnIsSaid() {
        var screen = Fixture()
        screen.arrive(.event(.turnStart("t", prompt: "u")), .event(.turnEnd("t", .failed("interrupted"))))
        screen.arrive(.event(.turnEnd("t", .stopped(.endTurn))), .event(.turnEnd("t", .stopped(.maxTokens))))
        #expect(
            screen.blocks == [
                "failure: The turn failed: interrupted",
                "note: The answer was cut: it reached the limit of its length.",
            ])
    }

    @Test func anAgentThatEndedIsSaidAndItsNameForTheSessionIsNot() {
        var screen = Fixture()
        screen.arrive(
            .event(.agentSession("a")), .event(.agentExit(AgentExit(code: 1, lines: ["no space", "left\u{1B}[2J"]))),
            .event(.agentRestarted))
        #expect(
            screen.blocks == [
                "failure: The agent ended with exit code 1: left", "note: The agent was started again.",
            ])
    }

    @Test func aDuplicateEntryIsNotShownTwice() {
        var screen = Fixture()
        let entry = screen.entry(.agent("once"))
        screen.send(.entries([entry]))
        screen.send(.entries([entry]))
        #expect(screen.blocks == ["agent: once"])
    }

    @Test func aLongMessageIsManyBlocksAndLosesNothing() {
        var screen = Fixture()
        let text = String(repeating: "0123456789 中文 ", count: 20_000)
        screen.arrive(.agent(text))
        let messages = screen.model.transcript.blocks.compactMap { block -> MessageBlock? in
            if case .message(let message) = block.body { message } else { nil }
        }
        #expect(messages.count > 5)
        #expect(messages.allSatisfy { $0.bytes <= MessageBlock.bytesMaximum + 64 })
        #expect(messages.map { $0.paragraphs.joined(separator: "\n") }.joined() == text)
        #expect(screen.model.transcript.blocks.dropFirst().allSatisfy { $0.sharesEntry })
    }

    @Test func streamingLaysOutLikeTheWholeText() {
        var generator = SeededGenerator(seed: 3)
        for round in 0..<100 {
            let text = String.hostile(length: 60, using: &generator)
            var streamed = Fixture(columns: 60, rows: 30)
            var whole = Fixture(columns: 60, rows: 30)
            whole.arrive(.agent("-" + text))
            streamed.arrive(.agent("-"))
            var rest = Array(text.unicodeScalars)[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...9, using: &generator))
                rest = rest.dropFirst(piece.count)
                streamed.arrive(.agent(String(String.UnicodeScalarView(piece))))
            }
            #expect(streamed.text == whole.text, "round \(round): \(text.debugDescription)")
        }
    }

    @Test func aNewDayIsSaid() {
        var screen = Fixture()
        screen.arrive(.user("evening"))
        screen.seconds += 86_400
        screen.arrive(.user("morning", "u2"))
        #expect(screen.text.contains { $0.contains("── 23 November 2026 ──") })
    }
}

extension Fixture {
    /// The blocks in words.
    var blocks: [String] {
        model.transcript.blocks.map { block in
            switch block.body {
            case .message(let message):
                let speaker = message.isContinued ? "(\(message.speaker.word))" : message.speaker.word
                return "\(speaker): \(message.paragraphs.joined(separator: "\n"))"
            case .tool(let tool): return "\(tool.kind) \(tool.title) \(tool.status)"
            case .line(let kind, let text): return "\(kind): \(text)"
            }
        }
    }
}
