import Testing
import Wire

@Suite struct ClientRequestTests {
    /// A method with parameters, and what is read from them.
    struct Case: CustomTestStringConvertible {
        var method: String
        var params: JSON
        var request: ClientRequest
        var testDescription: String { "\(method) \(params.text)" }
    }

    static let session: SessionID = "s"
    static let cases: [Case] = [
        Case(method: "initialize", params: Corpus.initialize.json, request: .initialize(Corpus.initialize)),
        Case(method: "authenticate", params: ["methodId": "any"], request: .authenticate),
        Case(
            method: "session/new", params: ClientRequest.NewSession(directory: "/a").json,
            request: .newSession(.init(directory: "/a"))),
        Case(
            method: "session/new", params: ClientRequest.NewSession(directory: "/a", clientSessionKey: "k").json,
            request: .newSession(.init(directory: "/a", clientSessionKey: "k"))),
        Case(
            method: "session/new", params: ClientRequest.NewSession(directory: "/", agent: "librarian").json,
            request: .newSession(.init(directory: "/", agent: "librarian"))),
        Case(method: "session/load", params: ["sessionId": "s", "cwd": "/"], request: .loadSession(session)),
        Case(
            method: "session/resume", params: ["sessionId": "s", "cwd": "/"],
            request: .resumeSession(.init(session: session, position: nil))),
        Case(
            method: "session/resume", params: ["sessionId": "s", "_meta": ["belay": ["epoch": "e", "afterSeq": 4]]],
            request: .resumeSession(.init(session: session, position: .init(epoch: "e", seq: 4)))),
        Case(
            method: "session/resume", params: ["sessionId": "s", "_meta": ["belay": ["epoch": "e"]]],
            request: .resumeSession(.init(session: session, position: nil))),
        Case(method: "session/list", params: [:], request: .listSessions(directory: nil, cursor: nil)),
        Case(
            method: "session/list", params: ["cwd": "/a", "cursor": "c"],
            request: .listSessions(directory: "/a", cursor: "c")),
        Case(method: "session/list", params: .null, request: .listSessions(directory: nil, cursor: nil)),
        Case(
            method: "_belay/fork", params: ForkRequest(session: "s", clientSessionKey: "k", title: "é", window: 5).json,
            request: .fork(.init(session: session, clientSessionKey: "k", title: "é", window: 5))),
        Case(
            method: "_belay/fork", params: ["sessionId": "s"],
            request: .fork(.init(session: session, clientSessionKey: nil))),
        Case(method: "session/close", params: ["sessionId": "s"], request: .closeSession(session)),
        Case(method: "session/delete", params: ["sessionId": "s"], request: .deleteSession(session)),
        Case(
            method: "session/prompt",
            params: ClientRequest.Prompt(session: session, content: [.text("hi")], clientMessageID: "k").json,
            request: .prompt(.init(session: session, content: [.text("hi")], clientMessageID: "k"))),
        Case(
            method: "session/prompt", params: ["sessionId": "s", "prompt": [], "_meta": ["traceparent": "00-1"]],
            request: .prompt(
                .init(
                    session: session, content: [], clientMessageID: nil,
                    trace: TraceContext(meta: ["traceparent": "00-1"])))),
        Case(
            method: "session/new", params: ["cwd": "/a", "mcpServers": [["name": "x"]]],
            request: .newSession(.init(directory: "/a", mcpServers: [["name": "x"]]))),
        Case(
            method: "session/set_mode", params: ["sessionId": "s", "modeId": "a b"],
            request: .set(session, .mode("a b"))),
        Case(
            method: "session/set_config_option", params: ["sessionId": "s", "configId": "m", "value": "v"],
            request: .set(session, .option("m", "v"))),
        Case(method: "_belay/state", params: ["sessionId": "s"], request: .state(session, parts: SessionState.parts)),
        Case(
            method: "_belay/state", params: ["sessionId": "s", "parts": ["plan", 7]],
            request: .state(session, parts: ["plan"])),
        Case(
            method: "_belay/history", params: HistoryRequest(session: session, after: 3, limit: 9).json,
            request: .history(.init(session: session, after: 3, limit: 9))),
        Case(method: "_belay/ping", params: [:], request: .ping(time: .null, acks: [])),
        Case(
            method: "_belay/ping", params: ["t": "any", "acks": .array([Corpus.ack.json])],
            request: .ping(time: "any", acks: [Corpus.ack])),
    ]

    @Test(arguments: cases)
    func isRead(example: Case) throws {
        #expect(try ClientRequest(method: example.method, params: example.params) == example.request)
        let extended = example.params.setting("x-unknown", to: 1)
        #expect(try ClientRequest(method: example.method, params: extended) == example.request)
    }

    @Test(
        arguments: [
            ("initialize", [:], "'protocolVersion' is missing"),
            ("session/new", [:], "'cwd' is missing"), ("session/new", ["cwd": .null], "'cwd' is missing"),
            ("session/new", ["cwd": 1], "'cwd' is not a string"),
            ("session/new", ["cwd": "a/b"], "'cwd' is not an absolute path"),
            ("session/new", ["cwd": ""], "'cwd' is not an absolute path"),
            ("session/load", [:], "'sessionId' is missing"), ("session/resume", [:], "'sessionId' is missing"),
            (
                "session/resume", ["sessionId": "s", "_meta": ["belay": ["epoch": "e", "afterSeq": "4"]]],
                "'afterSeq' is not an integer"
            ),
            ("session/close", .null, "'sessionId' is missing"), ("session/delete", [1], "'sessionId' is missing"),
            ("session/prompt", ["sessionId": "s"], "'prompt' is missing"),
            ("session/prompt", ["sessionId": "s", "prompt": "hi"], "'prompt' is not an array"),
            ("session/prompt", ["prompt": []], "'sessionId' is missing"),
            ("session/prompt", ["sessionId": "s", "prompt": [[:]]], "'type' is missing"),
            ("session/prompt", ["sessionId": "s", "prompt": [["type": "text"]]], "'text' is missing"),
            ("_belay/state", [:], "'sessionId' is missing"), ("_belay/history", [:], "'sessionId' is missing"),
            ("_belay/ping", ["acks": [["sessionId": "s"]]], "'epoch' is missing"),
        ] as [(String, JSON, String)])
    func badParametersAreNamed(method: String, params: JSON, message: String) {
        let error = thrownError(RPCError.self) { try ClientRequest(method: method, params: params) }
        #expect(error == .invalidParams(message))
    }

    @Test(arguments: ["", "session/prompt ", "\u{0}", "session/\u{1B}[2J", String(repeating: "m", count: 129)])
    func aMethodThatCanBeNoneIsNotRepeated(method: String) {
        let error = thrownError(RPCError.self) { try ClientRequest(method: method, params: [:]) }
        #expect(error == RPCError(.methodNotFound, "there is no method of that name"))
    }

    @Test(arguments: ["session/unknown", "Initialize", "session/update", "_belay/caught_up"])
    func anUnknownMethodIsAnError(method: String) {
        let error = thrownError(RPCError.self) { try ClientRequest(method: method, params: [:]) }
        #expect(error == RPCError(.methodNotFound, "there is no method '\(method)'"))
    }

    @Test func parametersAreWrittenOnlyWhenTheyAreSet() {
        #expect(ClientRequest.NewSession(directory: "/a").json == ["cwd": "/a", "mcpServers": []])
        #expect(
            ClientRequest.NewSession(directory: "/a", clientSessionKey: "k", agent: "g").json
                == ["cwd": "/a", "mcpServers": [], "_meta": ["belay": ["clientSessionKey": "k", "agent": "g"]]])
        #expect(
            ClientRequest.Prompt(session: "s", content: [], clientMessageID: nil).json
                == ["sessionId": "s", "prompt": []])
    }
}

@Suite struct ClientNoticeTests {
    @Test(
        arguments: [
            ("session/cancel", ["sessionId": "s"], .cancel("s", turn: nil)),
            ("session/cancel", ["sessionId": "s", "_meta": ["belay": ["turnId": "t"]]], .cancel("s", turn: "t")),
            ("_belay/ack", ["acks": .array([Corpus.ack.json, Corpus.ack.json])], .ack([Corpus.ack, Corpus.ack])),
            ("_belay/ack", [:], .ack([])), ("_belay/detach", ["sessionId": "s"], .detach("s")),
            ("_belay/unknown", [:], nil), ("session/prompt", ["sessionId": "s"], nil),
        ] as [(String, JSON, ClientNotice?)])
    func isRead(method: String, params: JSON, notice: ClientNotice?) throws {
        #expect(try ClientNotice(method: method, params: params) == notice)
    }

    @Test(
        arguments: [
            ("session/cancel", [:], "'sessionId' is missing"), ("_belay/detach", .null, "'sessionId' is missing"),
            ("_belay/ack", ["acks": [["sessionId": "s", "epoch": "e", "seq": "1"]]], "'seq' is not an integer"),
        ] as [(String, JSON, String)])
    func badParametersAreNamed(method: String, params: JSON, message: String) {
        let error = thrownError(RPCError.self) { try ClientNotice(method: method, params: params) }
        #expect(error == .invalidParams(message))
    }
}
