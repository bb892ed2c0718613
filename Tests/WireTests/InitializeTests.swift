import Testing
import Wire

@Suite struct InitializeTests {
    @Test func theRequestComesBack() throws {
        try expectRoundTrip(Corpus.initialize)
        try expectRoundTrip(InitializeRequest(client: nil, layer: nil))
        try expectRoundTrip(
            InitializeRequest(protocolVersion: 2, client: nil, layer: .init(clientID: "c", coalesce: false)))
        expectRequired(["protocolVersion"], of: Corpus.initialize)
    }

    @Test func theResultComesBack() throws {
        try expectRoundTrip(Corpus.initialized)
        try expectRoundTrip(InitializeResult(agent: nil, layer: nil))
        try expectRoundTrip(
            InitializeResult(agent: nil, layer: .init(pingInterval: 1, pingTimeout: 2, resumed: [])))
        for sessions in [InitializeResult.Sessions(brief: 30_000, expire: 300_000), .init(brief: 1, expire: nil)] {
            try expectRoundTrip(
                InitializeResult(
                    agent: nil, layer: .init(pingInterval: 1, pingTimeout: 2, resumed: [], sessions: sessions)))
        }
        expectRequired(["protocolVersion"], of: Corpus.initialized)
    }

    @Test func aClientMayFollowTheUsersSessions() throws {
        var request = InitializeRequest(client: nil, layer: .init(clientID: "c"))
        #expect(try InitializeRequest(json: request.json).layer?.followsSessions == false)
        request.layer?.followsSessions = true
        #expect(try InitializeRequest(json: request.json) == request)
    }

    @Test func aPlainClientHasNoLayer() throws {
        let request = try InitializeRequest(json: [
            "protocolVersion": 1, "clientCapabilities": ["fs": ["readTextFile": true], "_meta": ["other": 1]],
            "_meta": ["belay": ["resume": [["sessionId": "s"]]]],
        ])
        #expect(request == InitializeRequest(client: nil, capabilities: [.readTextFile], layer: nil))
    }

    @Test func whatAClientDoesForAgentsIsReadLeniently() throws {
        for capability in ClientCapability.allCases {
            let request = InitializeRequest(client: nil, capabilities: [capability], layer: nil)
            #expect(try InitializeRequest(json: request.json) == request)
        }
        let all = InitializeRequest(client: nil, capabilities: Set(ClientCapability.allCases), layer: nil)
        #expect(try InitializeRequest(json: all.json) == all)
        let odd: [JSON] = [
            .null, [], 1, ["fs": true, "terminal": "yes", "elicitation": true],
            ["fs": ["readTextFile": false, "writeTextFile": .null], "terminal": false, "elicitation": .null],
        ]
        for capabilities in odd { #expect(Set<ClientCapability>(json: capabilities) == [], "\(capabilities)") }
    }

    @Test func theLayerIsReadLeniently() throws {
        let request = try InitializeRequest(json: [
            "protocolVersion": 1, "clientInfo": ["name": "x"],
            "clientCapabilities": ["_meta": ["belay": ["clientId": "c"]]],
        ])
        #expect(
            request
                == InitializeRequest(
                    client: Implementation(name: "x", version: ""), layer: .init(clientID: "c", coalesce: false)))

        let result = try InitializeResult(json: [
            "protocolVersion": 1, "agentInfo": ["title": "no name"], "agentCapabilities": ["_meta": ["belay": [:]]],
        ])
        #expect(
            result
                == InitializeResult(
                    agent: nil, layer: .init(pingInterval: 20_000, pingTimeout: 3_000, resumed: [])))
    }

    @Test(
        arguments: [
            ([:], nil), (["briefMs": "soon"], nil), (["expireMs": 5], nil),
            (["briefMs": 4, "expireMs": 5], .init(brief: 4, expire: 5)),
            (["briefMs": 4, "expireMs": "never", "other": 1], .init(brief: 4, expire: nil)),
        ] as [(JSON, InitializeResult.Sessions?)])
    func whatTheServerSaysOfSessionsIsReadLeniently(sessions: JSON, read: InitializeResult.Sessions?) throws {
        let result = try InitializeResult(json: [
            "protocolVersion": 1, "agentCapabilities": ["_meta": ["belay": ["sessions": sessions]]],
        ])
        #expect(result.layer?.sessions == read)
    }

    /// The names of agents are shown, and typed as arguments.
    @Test func theAgentsOfTheServerAreNames() throws {
        var layer = InitializeResult.Layer(pingInterval: 1, pingTimeout: 1, resumed: [])
        layer.agents = ["librarian", "claude"]
        let result = InitializeResult(agent: nil, layer: layer)
        #expect(try InitializeResult(json: result.json) == result)
        let many = (0..<100).map { JSON.string("agent\($0)") }
        for (agents, read) in [
            (["ok", "with space", "", 7, "\u{1B}[2J", "too"], ["ok", "too"]), ("none", []),
            (.array(many), (0..<64).map { "agent\($0)" }),
        ] as [(JSON, [String])] {
            let result = try InitializeResult(json: [
                "protocolVersion": 1, "agentCapabilities": ["_meta": ["belay": [:]]],
                "_meta": ["belay": ["resumed": [], "agents": agents]],
            ])
            #expect(result.layer?.agents == read)
        }
    }

    @Test func aLayerWithoutAClientIDIsRefused() {
        let error = thrownError(RPCError.self) {
            try InitializeRequest(json: ["protocolVersion": 1, "clientCapabilities": ["_meta": ["belay": [:]]]])
        }
        #expect(error == .invalidParams("'clientId' is missing"))
    }

    @Test func nothingOfTheLayerIsToldToAPlainClient() {
        let result = InitializeResult(agent: nil, layer: nil).json
        #expect(!result.text.contains("belay"))
        #expect(result["agentCapabilities"]?["loadSession"] == true)
    }
}
