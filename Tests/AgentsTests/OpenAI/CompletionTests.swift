@testable import Agents
import Testing
import Wire

/// The answer of a model is the same however a server cuts it.
@Suite struct CompletionTests {
    private func fold(_ chunks: [String]) throws -> (Completion, text: String, reasoning: String) {
        var (completion, text, reasoning) = (Completion(), "", "")
        for chunk in chunks {
            let addition = try completion.add(try JSON(parsing: chunk))
            text += addition.text
            reasoning += addition.reasoning
        }
        return (completion, text, reasoning)
    }

    private static func delta(_ json: String, _ finish: String = "null") -> String {
        #"{"choices":[{"index":0,"delta":\#(json),"finish_reason":\#(finish)}]}"#
    }

    @Test(
        "fragments of tool calls are joined, in each form that servers send",
        arguments: [
            // OpenAI: the name first, then the arguments by their index, calls interleaved.
            [
                #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"read","arguments":""}}]}"#,
                #"{"tool_calls":[{"index":1,"id":"b","function":{"name":"list","arguments":"{"}}]}"#,
                #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}},{"index":1,"function":{"arguments":"}"}}]}"#,
                #"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#,
            ],
            // Whole calls at once, without an index.
            [
                #"{"tool_calls":[{"id":"a","function":{"name":"read","arguments":"{\"x\":1}"}},{"id":"b","function":{"name":"list","arguments":"{}"}}]}"#
            ],
            // Every call has the index 0.
            [
                #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"read","arguments":"{\"x\":1}"}}]}"#,
                #"{"tool_calls":[{"index":0,"id":"b","function":{"name":"list","arguments":"{}"}}]}"#,
            ],
            // Arguments as objects, as in Ollama's own protocol.
            [
                #"{"tool_calls":[{"id":"a","function":{"name":"read","arguments":{"x":1}}},{"id":"b","function":{"name":"list","arguments":{}}}]}"#
            ],
            // The name and the identifier in each fragment.
            [
                #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"read","arguments":"{\"x\""}}]}"#,
                #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"read","arguments":":1}"}}]}"#,
                #"{"tool_calls":[{"index":1,"id":"b","function":{"name":"list","arguments":"{}"}}]}"#,
            ],
            // No index and no identifier behind the first fragment.
            [
                #"{"tool_calls":[{"id":"a","function":{"name":"read","arguments":"{\"x\""}}]}"#,
                #"{"tool_calls":[{"function":{"arguments":":1}"}}]}"#,
                #"{"tool_calls":[{"id":"b","function":{"name":"list","arguments":"{}"}}]}"#,
            ],
        ])
    func calls(_ deltas: [String]) throws {
        let (completion, _, _) = try fold(deltas.map { Self.delta($0) } + [Self.delta("{}", #""tool_calls""#)])
        #expect(completion.calls.map(\.name) == ["read", "list"])
        #expect(completion.calls.map(\.arguments) == [#"{"x":1}"#, "{}"])
        #expect(completion.finish == .stop)
    }

    @Test func oldFunctionCall() throws {
        let (completion, _, _) = try fold([
            Self.delta(#"{"function_call":{"name":"read","arguments":"{"}}"#),
            Self.delta(#"{"function_call":{"arguments":"}"}}"#, #""function_call""#),
        ])
        #expect(completion.calls.map(\.name) == ["read"])
        #expect(completion.calls.map(\.arguments) == ["{}"])
    }

    @Test func reasoningAndText() throws {
        let (completion, text, reasoning) = try fold([
            Self.delta(#"{"role":"assistant","content":null,"reasoning_content":"hm"}"#),
            Self.delta(#"{"reasoning":"m"}"#), Self.delta(#"{"content":"a"}"#),
            Self.delta(#"{"content":[{"type":"text","text":"b"}]}"#, #""length""#),
            #"{"choices":[],"usage":{"total_tokens":12}}"#,
        ])
        #expect((text, reasoning) == ("ab", "hmm"))
        #expect(completion.finish == .length)
        #expect(completion.tokens == 12)
    }

    @Test("a whole answer instead of a stream is one")
    func whole() throws {
        let (completion, text, _) = try fold([
            #"{"choices":[{"message":{"role":"assistant","content":"all"},"finish_reason":"stop"}]}"#
        ])
        #expect(text == "all")
        #expect(completion.finish == .stop)
    }

    @Test(
        "an error in a chunk is one, in each form",
        arguments: [
            #"{"error":{"message":"too many","code":429}}"#, #"{"error":"too many"}"#,
            #"{"error":{"code":1},"message":"too many"}"#,
        ])
    func errors(_ chunk: String) throws {
        var completion = Completion()
        let failure = #expect(throws: ModelFailure.self) { try completion.add(try JSON(parsing: chunk)) }
        #expect(failure?.sentence.contains("too many") == true)
    }

    @Test("calls and their arguments are bounded")
    func bounds() throws {
        var completion = Completion()
        for index in 0..<200 {
            let call: JSON = ["id": .string("\(index)"), "function": ["name": "x", "arguments": "{}"]]
            _ = try completion.add(["choices": [["delta": ["tool_calls": [call]]]]])
        }
        #expect(completion.calls.count == Completion.callsMaximum)
    }
}
