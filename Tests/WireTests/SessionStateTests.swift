import TestKit
import Testing

@testable import Wire

@Suite struct SessionStateTests {
    private func entries(_ bodies: Entry.Body...) -> [Entry] {
        bodies.enumerated().map { Entry(seq: Seq($0 + 1), timestamp: 1_000 + Timestamp($0), body: $1) }
    }

    @Test func memoryIsSetAndDeleted() {
        let state = SessionState(
            folding: entries(
                .event(.memory(key: "a", value: 1)), .event(.memory(key: "b", value: [1])),
                .event(.memory(key: "a", value: "new")), .event(.memory(key: "b", value: nil)),
                .event(.memory(key: "never", value: nil))))
        #expect(state.memory == ["a": "new"])
        #expect(state.seq == 5)
        let null = JSON?.some(.null)
        let deleted = SessionState(
            folding: entries(.event(.memory(key: "a", value: 1)), .event(.memory(key: "a", value: null))))
        #expect(deleted.memory == [:], "null deletes, as it does when the entry is read back")
    }

    @Test func theNewestPlanIsThePlan() {
        let step = PlanEntry(content: "c", status: .inProgress)
        #expect(SessionState(folding: entries(.update(.plan([])), .update(.plan([step])))).plan == [step])
        #expect(SessionState(folding: entries(.update(.plan([step])))).workflow == WorkflowPosition(plan: [step]))
        #expect(SessionState(folding: entries(.update(.plan([step])), .update(.plan([])))).plan == [])
        #expect(SessionState().workflow == nil)
    }

    @Test func toolCallsKeepTheOrderOfTheirBeginnings() {
        let state = SessionState(
            folding: entries(
                .update(.toolCall(ToolCall(id: "a", title: "first", status: .pending))),
                // An update may come without its beginning, as from an agent that forgot it.
                .update(.toolCallUpdate(ToolCall(id: "b", status: .inProgress))),
                .update(.toolCallUpdate(ToolCall(id: "a", status: .completed, rawOutput: 7))),
                .update(.toolCall(ToolCall(id: "b", title: "second")))))
        #expect(
            state.toolCalls == [
                ToolCall(id: "a", title: "first", status: .completed, rawOutput: 7),
                ToolCall(id: "b", title: "second", status: .inProgress),
            ])
    }

    @Test func aTurnRunsUntilItsOwnEnd() {
        var state = SessionState(folding: entries(.event(.turnStart("t", prompt: "m"))))
        let running = SessionState.Turn(id: "t", prompt: "m", startSeq: 1, startedAt: 1_000, end: nil)
        #expect(state.turn == running)
        #expect(state.runningTurn == running)

        state.apply(Entry(seq: 2, timestamp: 2_000, body: .event(.turnEnd("other", .stopped(.endTurn)))))
        #expect(state.runningTurn == running, "another turn's end ends nothing")

        state.apply(Entry(seq: 3, timestamp: 3_000, body: .event(.turnEnd("t", .failed("interrupted")))))
        #expect(state.runningTurn == nil)
        #expect(state.turn?.end == .init(seq: 3, timestamp: 3_000, outcome: .failed("interrupted")))

        state.apply(Entry(seq: 4, timestamp: 4_000, body: .event(.turnStart("u", prompt: "n"))))
        #expect(state.runningTurn?.id == "u")
        #expect(state.runningTurn?.startSeq == 4)
    }

    @Test func anEntryBehindTheStateChangesNothing() {
        var state = SessionState(folding: entries(.event(.memory(key: "a", value: 1)), .event(.note("n"))))
        let before = state
        state.apply(Entry(seq: 2, timestamp: 1, body: .event(.memory(key: "a", value: 2))))
        state.apply(Entry(seq: 1, timestamp: 1, body: .event(.memory(key: "a", value: nil))))
        #expect(state == before)
    }

    @Test func foldingInPartsIsFoldingAtOnce() {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 6)
        for _ in 0..<100 {
            let entries = generator.journal(count: generator.int(1...50))
            var state = SessionState(folding: entries.prefix(generator.int(0...entries.count)))
            // A replay that overlaps what is held: the held part is skipped.
            for entry in entries { state.apply(entry) }
            #expect(state == SessionState(folding: entries), "\(seed)")
        }
    }
}

@Suite struct HistoryTests {
    @Test func chunksOfAMessageAreOneMessage() {
        let entries = [
            Entry(seq: 1, timestamp: 10, body: .update(.userMessage(.init(messageID: "u", content: .text("Hi"))))),
            Entry(seq: 2, timestamp: 20, body: .event(.turnStart("t", prompt: "u"))),
            Entry(seq: 3, timestamp: 30, body: .update(.agentMessage(.init(messageID: "a", content: .text("Hel"))))),
            Entry(seq: 4, timestamp: 40, body: .update(.agentThought(.init(messageID: "a", content: .text("hm"))))),
            Entry(seq: 5, timestamp: 50, body: .update(.agentMessage(.init(messageID: "a", content: .text("lo"))))),
            Entry(
                seq: 6, timestamp: 60,
                body: .update(.agentMessage(.init(messageID: "a", content: .resourceLink(name: "n", uri: "x:y"))))),
            Entry(seq: 7, timestamp: 70, body: .update(.agentMessage(.init(messageID: nil, content: .text("1"))))),
            Entry(seq: 8, timestamp: 80, body: .update(.agentMessage(.init(messageID: nil, content: .text("2"))))),
        ]
        #expect(
            HistoryMessage.messages(in: entries) == [
                HistoryMessage(id: "u", role: .user, content: [.text("Hi")], timestamp: 10, seq: 1),
                HistoryMessage(
                    id: "a", role: .assistant, content: [.text("Hello"), .resourceLink(name: "n", uri: "x:y")],
                    timestamp: 30, seq: 6, from: 3),
                HistoryMessage(id: "seq-7", role: .assistant, content: [.text("1")], timestamp: 70, seq: 7),
                HistoryMessage(id: "seq-8", role: .assistant, content: [.text("2")], timestamp: 80, seq: 8),
            ])
    }
}
