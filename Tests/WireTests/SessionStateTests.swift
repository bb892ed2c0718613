import NIOCore
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

    private func call(_ number: Int, _ status: ToolCall.Status) -> Entry.Body {
        .update(
            .toolCall(
                ToolCall(
                    id: ToolCallID("c\(number)"), title: "call", status: status, content: [.string("text")],
                    rawInput: ["in": 1], rawOutput: ["out": 2])))
    }

    /// However many tool calls there were, a state holds the newest: those that have ended go first.
    @Test func toolCallsAreBounded() {
        let maximum = SessionState.toolCallsMaximum
        let running = [3, 7, maximum + 2]
        var state = SessionState()
        for number in 0..<3 * maximum {
            let body = call(number, running.contains(number) ? .inProgress : .completed)
            state.apply(Entry(seq: state.seq + 1, timestamp: 1, body: body))
            #expect(state.toolCalls.count == min(number + 1, maximum))
            #expect(state.toolCallCount == Int64(number + 1))
        }
        let newest = (2 * maximum + 3..<3 * maximum).map { ToolCallID("c\($0)") }
        #expect(state.toolCalls.map(\.id) == running.map { ToolCallID("c\($0)") } + newest)
        // Where nothing has ended the oldest goes.
        var busy = SessionState()
        for number in 0...maximum { busy.apply(Entry(seq: busy.seq + 1, timestamp: 1, body: call(number, .pending))) }
        #expect(busy.toolCalls.map(\.id) == (1...maximum).map { ToolCallID("c\($0)") })
        // A change of one that is not held any more begins it again.
        busy.apply(Entry(seq: busy.seq + 1, timestamp: 1, body: .update(.toolCallUpdate(ToolCall(id: "c0")))))
        #expect(busy.toolCalls.last == ToolCall(id: "c0"))
    }

    @Test func theNextTurnDropsTheDetailsOfCallsThatHaveEnded() {
        let body = [call(1, .completed), call(2, .failed), call(3, .inProgress)]
        var state = SessionState(folding: entries(body[0], body[1], body[2]))
        #expect(state.toolCalls.allSatisfy { $0.rawOutput != nil })
        state.apply(Entry(seq: 4, timestamp: 1, body: .event(.turnStart("t", prompt: "m"))))
        #expect(state.toolCalls.map { $0.rawOutput != nil } == [false, false, true])
        #expect(state.toolCalls.map { $0.content != nil && $0.rawInput != nil } == [false, false, true])
        #expect(state.toolCalls.map(\.title) == ["call", "call", "call"])
        #expect(state.brief.toolCalls.allSatisfy { $0.rawOutput == nil && $0.content == nil && $0.rawInput == nil })
    }

    /// What a client is told for a gap does not grow with the history.
    @Test func aBriefStateHasTheNewestCallsAndThoseThatRun() {
        var state = SessionState()
        for number in 0..<100 {
            state.apply(
                Entry(seq: state.seq + 1, timestamp: 1, body: call(number, number == 80 ? .pending : .completed)))
        }
        #expect(state.brief.toolCalls.map(\.id) == ([80] + Array(92..<100)).map { ToolCallID("c\($0)") })
        #expect(state.brief.toolCallCount == 100)
        #expect(state.brief.seq == 100)
    }

    /// A checkpoint is the whole state: what is folded in behind it comes to the same.
    @Test(arguments: 1...20) func aCheckpointIsTheWholeState(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var (state, restored) = (SessionState(), SessionState())
        for number in 0..<200 {
            let turn = TurnID("t\(number / 40)")
            let question = Question(
                key: RequestKey("\(turn):q\(number % 5)"), turn: turn, method: "session/request_permission",
                params: ["options": [["optionId": "yes"]]])
            let body: Entry.Body =
                switch Int.random(in: 0..<13, using: &random) {
                case 0: .event(.turnStart(turn, prompt: "m"))
                case 1: .event(.turnEnd(turn, random.oneIn(2) ? .failed("why") : .stopped(.cancelled)))
                case 2: .event(.memory(key: "k\(number % 7)", value: random.oneIn(4) ? .null : ["a": [1.5, "é\u{0}"]]))
                case 3: .event(.request(question))
                case 4: .event(.requestResolved(.init(key: question.key, answer: ["outcome": "yes"], by: "client")))
                case 5: .update(.plan([PlanEntry(content: "step \(number)", status: .inProgress)]))
                case 6: call(number % 40, random.oneIn(2) ? .completed : .pending)
                case 7: .update(.toolCallUpdate(ToolCall(id: ToolCallID("c\(number % 40)"), status: .failed)))
                case 8: .event(.agentExit(AgentExit(code: 1, lines: ["line \(number)"])))
                case 9: .event(.agentRestarted)
                case 10: .event(.agentSession(AgentSessionID("a\(number % 3)")))
                case 11:
                    .event(.forked(ForkOrigin(session: "other", seq: 1, title: nil, leavesTurnsOut: false)))
                default: .event(.note("note"))
                }
            let entry = Entry(seq: Seq(number + 1), timestamp: Timestamp(number), body: body)
            state.apply(entry)
            restored.apply(entry)
            if random.oneIn(10) { restored = try SessionState(checkpoint: state.checkpoint) }
            #expect(restored == state)
        }
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"seq":-1}"#, #"{"seq":"1"}"#, #"{"seq":1,"turn":{}}"#])
    func whatIsNoCheckpointIsRefused(text: String) {
        #expect(throws: (any Error).self) { try SessionState(checkpoint: ByteBuffer(string: text)) }
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
