import TestKit
import Testing
import Wire

@Suite struct ContentTests {
    @Test(arguments: [
        ContentBlock.text(""), .text("Grüße"), .resourceLink(name: "a", uri: "file:///a"),
        .other(["type": "image", "mimeType": "image/png", "data": "AA=="]),
        .other(["type": "resource_link", "name": "a", "uri": "b", "size": 3]),
        .other(["type": "resource_link", "name": "a", "uri": "b", "_meta": ["k": 1]]),
        .other(["type": "from_the_future", "payload": [1, [:]]]),
    ])
    func aBlockComesBackWithAllThatItHad(block: ContentBlock) throws {
        #expect(try ContentBlock(json: try JSON(parsing: block.json.encoded)) == block)
    }

    @Test(
        arguments: [
            ([:], "'type' is missing"), (["type": 7], "'type' is not a string"),
            (["type": "text"], "'text' is missing"),
            (["type": "text", "text": 1], "'text' is not a string"), (.null, "'type' is missing"),
            (["type": "resource_link", "name": 1, "uri": "u"], "'name' is not a string"),
        ] as [(JSON, String)])
    func aBadBlockIsNamed(json: JSON, message: String) {
        #expect(thrownError(RPCError.self) { try ContentBlock(json: json) } == .invalidParams(message))
    }

    @Test func onlyTextHasText() {
        #expect(ContentBlock.text("a").text == "a")
        #expect(ContentBlock.resourceLink(name: "a", uri: "b").text == nil)
        #expect(ContentBlock.other(["type": "x", "text": "a"]).text == nil)
    }

    @Test func updatesComeBack() throws {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 3)
        for _ in 0..<1_000 {
            let update = generator.update()
            #expect(try SessionUpdate(json: try JSON(parsing: update.json.encoded)) == update, "\(seed)")
        }
    }

    @Test func anUpdateThatIsNotKnownIsKeptAsItCame() throws {
        let json: JSON = ["sessionUpdate": "from_the_future", "x": [1, .null], "_meta": ["k": 1]]
        let update = try SessionUpdate(json: json)
        #expect(update == .other(json))
        #expect(update.json == json)
    }

    @Test(
        arguments: [
            ([:], "'sessionUpdate' is missing"),
            (["sessionUpdate": "agent_message_chunk"], "'content' is missing"),
            (["sessionUpdate": "tool_call", "toolCallId": "c"], "'title' is missing"),
            (["sessionUpdate": "tool_call", "title": "t"], "'toolCallId' is missing"),
            (["sessionUpdate": "tool_call_update"], "'toolCallId' is missing"),
            (["sessionUpdate": "tool_call_update", "toolCallId": "c", "locations": [[:]]], "'path' is missing"),
            (["sessionUpdate": "plan"], "'entries' is missing"),
            (["sessionUpdate": "plan", "entries": [[:]]], "'content' is missing"),
        ] as [(JSON, String)])
    func aBadUpdateIsNamed(json: JSON, message: String) {
        #expect(thrownError(RPCError.self) { try SessionUpdate(json: json) } == .invalidParams(message))
    }

    @Test func onlyChunksHaveAChunk() {
        let chunk = ContentChunk(messageID: "m", content: .text("a"))
        #expect(SessionUpdate.userMessage(chunk).chunk?.name == "user_message_chunk")
        #expect(SessionUpdate.agentMessage(chunk).chunk?.name == "agent_message_chunk")
        #expect(SessionUpdate.agentThought(chunk).chunk?.name == "agent_thought_chunk")
        #expect(SessionUpdate.agentThought(chunk).chunk?.chunk == chunk)
        #expect(SessionUpdate.plan([]).chunk == nil)
        #expect(SessionUpdate.toolCall(ToolCall(id: "c", title: "t")).chunk == nil)
    }
}

@Suite struct ToolCallTests {
    @Test func aChangeLeavesWhatItDoesNotSay() {
        let whole = ToolCall(
            id: "c", title: "t", kind: .edit, status: .pending, content: [ToolCall.textContent("a")],
            locations: [.init(path: "/a", line: 1)], rawInput: 1, rawOutput: 2)
        var call = whole
        call.apply(ToolCall(id: "c"))
        #expect(call == whole)
        let change = ToolCall(
            id: "c", title: "u", kind: .read, status: .completed, content: [], locations: [], rawInput: nil as JSON?,
            rawOutput: [:])
        call.apply(change)
        #expect(
            call
                == ToolCall(
                    id: "c", title: "u", kind: .read, status: .completed, content: [], locations: [], rawInput: 1,
                    rawOutput: [:]))
    }

    @Test func wordsThatAreNotKnownDoNotStopACall() throws {
        let call = try ToolCall(json: ["toolCallId": "c", "kind": "from_the_future", "status": "from_the_future"])
        #expect(call == ToolCall(id: "c", kind: .other))
    }

    @Test(arguments: [
        (ToolCall.Status.pending, false), (.inProgress, false), (.completed, true), (.failed, true),
    ])
    func twoStatesAreFinal(status: ToolCall.Status, isFinal: Bool) { #expect(status.isFinal == isFinal) }
}

@Suite struct PlanTests {
    @Test func aStepIsReadLeniently() throws {
        let entry = PlanEntry(content: "c", priority: .high, status: .inProgress)
        try expectRoundTrip(entry)
        expectRequired(["content"], of: entry)
        #expect(try PlanEntry(json: ["content": "c", "status": "x"]) == PlanEntry(content: "c", status: .pending))
    }

    /// Steps by their first letters: completed, in progress, pending.
    @Test(
        arguments: [
            ("p", 1, 0, ["1"]), ("i", 1, 0, []), ("c", 1, 1, []), ("cip", 2, 1, ["3"]), ("ppi", 3, 0, ["1", "2"]),
            ("ccp", 3, 2, ["3"]), ("ccc", 3, 3, []), ("cpc", 2, 2, ["2"]), ("pcc", 1, 2, ["1"]),
        ] as [(String, Int, Int, [String])])
    func aPlanSaysWhereTheWorkStands(states: String, step: Int, completed: Int, pending: [String]) throws {
        let plan = states.enumerated().map { index, letter in
            PlanEntry(
                content: "\(index + 1)", status: letter == "c" ? .completed : letter == "i" ? .inProgress : .pending)
        }
        let position = try #require(WorkflowPosition(plan: plan))
        #expect(position.step == step)
        #expect(position.count == states.count)
        #expect(position.completed == completed)
        #expect(position.pending == pending)
    }

    @Test func anEmptyPlanSaysNothing() { #expect(WorkflowPosition(plan: []) == nil) }
}
