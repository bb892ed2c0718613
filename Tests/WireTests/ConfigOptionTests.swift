import Testing
import Wire

/// What sessions offer to be set.
@Suite struct ConfigOptionTests {
    private static let model: JSON = [
        "id": "model", "name": "Model", "category": "model", "type": "select", "currentValue": "large-1",
        "options": [
            ["group": "g", "name": "Group", "options": [["value": "large-1", "name": "Large"]]],
            ["value": "small-1", "name": "Small", "description": "quick"], ["value": "smaller", "name": "Smaller"],
        ],
    ]

    @Test func groupsAreFlatAndWordsFindValues() throws {
        let option = try #require(ConfigOption(Self.model))
        #expect(option.current == "Large" && option.choiceNames == ["Large", "Small", "Smaller"])
        #expect(option.value(for: "LARGE") == "large-1")
        #expect(option.value(for: "small") == "small-1", "the whole name counts more than a beginning")
        #expect(option.value(for: "smalle") == "smaller")
        #expect(option.value(for: "s") == nil, "it could be two")
        #expect(option.value(for: "huge") == nil)
        #expect(option.offers("smaller") && !option.offers("Smaller"))
    }

    @Test func togglesAreOnOrOff() throws {
        let option = try #require(
            ConfigOption(["id": "web", "name": "Web", "type": "boolean", "currentValue": false]))
        #expect(option.current == "off" && option.value(for: "On") == true && option.value(for: "maybe") == nil)
    }

    @Test(
        arguments: [
            #"{}"#, #"{"id":"a"}"#, #"{"id":"a","name":"A","type":"select","currentValue":1}"#,
            #"{"id":"a","name":"A","type":"boolean","currentValue":"x"}"#,
            #"{"id":"a","name":"A","type":"slider","currentValue":"x"}"#,
        ])
    func whatIsNotUnderstoodIsNone(text: String) throws {
        #expect(ConfigOption(try JSON(parsing: text)) == nil)
    }

    @Test func modesAreAnOptionAndBack() throws {
        let modes: JSON = [
            "currentModeId": "ask",
            "availableModes": [
                ["id": "ask", "name": "Ask"], ["id": "code", "name": "Code", "description": "writes"],
            ],
        ]
        let option = try #require(ConfigOption.option(ofModes: modes))
        #expect(ConfigOption.modes(in: [Self.model, option]) == modes)
        #expect(ConfigOption.modes(in: [Self.model]) == nil)
        #expect(ConfigOption.option(ofModes: ["currentModeId": "a", "availableModes": []]) == nil)
        #expect(ConfigOption.members([]).isEmpty)
        #expect(ConfigOption.members([option]).map(\.key) == ["modes", "configOptions"])
    }

    @Test func settingsAreReadAsTheyAreWritten() throws {
        for setting in [AgentSetting.mode("a b"), .option("x", "y"), .option("x", false)] {
            let (method, params) = setting.request(of: "s")
            #expect(try AgentSetting(method: method, params: params) == setting)
        }
        for params: JSON in [
            ["modeId": ""], ["modeId": 1], ["modeId": .string(String(repeating: "x", count: 1_025))],
        ] {
            #expect(throws: RPCError.self) { try AgentSetting(method: Method.setMode, params: params) }
        }
        for params: JSON in [["configId": "a"], ["configId": "a", "value": 1], ["value": "a"]] {
            #expect(throws: RPCError.self) { try AgentSetting(method: Method.setConfigOption, params: params) }
        }
    }

    @Test func aStateHasWhatWasOfferedLastWithinABound() throws {
        func entry(_ seq: Seq, _ update: JSON) -> Entry {
            Entry(seq: seq, timestamp: 0, body: .update(.other(update)))
        }
        let long = JSON.string(String(repeating: "x", count: SessionState.Agent.listBytesMaximum))
        var state = SessionState(folding: [
            entry(1, ["sessionUpdate": "config_option_update", "configOptions": [Self.model]]),
            entry(2, ["sessionUpdate": "available_commands_update", "availableCommands": [["name": "plan"]]]),
            entry(3, ["sessionUpdate": "usage_update", "used": 10, "size": 100, "_meta": ["x": 1]]),
        ])
        #expect(state.agent.options == [Self.model] && state.agent.commands == [["name": "plan"]])
        #expect(state.agent.usage == ["used": 10, "size": 100])
        #expect(try SessionState(checkpoint: state.checkpoint) == state, "and after a restart")
        #expect(state.brief.agent == state.agent, "and for a client that lacks the entries")
        state.apply(entry(4, ["sessionUpdate": "available_commands_update", "availableCommands": [["name": long]]]))
        #expect(state.agent.commands.isEmpty, "one that is too long is in the journal alone")
    }

    @Test func onlyTheKeysOfATraceReachAnAgent() {
        let long = JSON.string(String(repeating: "x", count: TraceContext.valueBytesMaximum + 1))
        let trace = TraceContext(meta: ["x": "1", "traceparent": "00-1", "tracestate": 5, "baggage": long])
        #expect(trace.members == [JSON.Member("traceparent", "00-1")])
        let prompt = ClientRequest.Prompt(session: "s", content: [.text("a")], clientMessageID: "k", trace: trace)
        #expect(prompt.json["_meta"] == ["traceparent": "00-1", "belay": ["clientMessageId": "k"]])
    }
}
