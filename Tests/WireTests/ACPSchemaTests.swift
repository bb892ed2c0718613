import TestKit
import Testing
import Wire

/// What goes out, checked against the published schema of the Agent Client Protocol. The schema is not part of the
/// repository (see ``ACPSchema``); without it there is nothing to check against.
@Suite(.enabled(if: ACPSchema.isAvailable)) struct ACPSchemaTests {
    let schema: SchemaValidator

    init() throws { schema = try ACPSchema.load() }

    private func expectValid(
        _ json: JSON, as definition: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try schema.violations(of: json, as: definition) == [], sourceLocation: sourceLocation)
    }

    @Test func initializeIsValid() throws {
        try expectValid(Corpus.initialize.json, as: "InitializeRequest")
        try expectValid(InitializeRequest(client: nil, layer: nil).json, as: "InitializeRequest")
        try expectValid(Corpus.initialized.json, as: "InitializeResponse")
        try expectValid(InitializeResult(agent: nil, layer: nil).json, as: "InitializeResponse")
    }

    @Test func requestsAreValid() throws {
        let definitions = [
            Method.initialize: "InitializeRequest", Method.authenticate: "AuthenticateRequest",
            Method.newSession: "NewSessionRequest", Method.loadSession: "LoadSessionRequest",
            Method.resumeSession: "ResumeSessionRequest", Method.listSessions: "ListSessionsRequest",
            Method.closeSession: "CloseSessionRequest", Method.deleteSession: "DeleteSessionRequest",
            Method.prompt: "PromptRequest", Method.cancel: "CancelNotification",
            Method.cancelRequest: "CancelRequestNotification", Method.update: "SessionNotification",
        ]
        var checked: Set<String> = []
        for message in Corpus.requests + Corpus.notices {
            switch message {
            case .request(_, let method, let params), .notification(let method, let params):
                guard let definition = definitions[method] else {
                    #expect(method.hasPrefix("_belay/"), "the schema has a definition for every other method")
                    continue
                }
                try expectValid(params, as: definition)
                checked.insert(method)
            case .response, .failure:
                Issue.record("an answer among the requests")
            }
        }
        #expect(checked == Set(definitions.keys))
    }

    @Test func answersAreValid() throws {
        for reason in [StopReason.endTurn, .maxTokens, .maxTurnRequests, .refusal, .cancelled] {
            try expectValid(["stopReason": .string(reason.rawValue)], as: "PromptResponse")
        }
        try expectValid(["_meta": ["belay": Corpus.attachResult.json]], as: "ResumeSessionResponse")
        try expectValid(Corpus.expiry.error.json, as: "Error")
        try expectValid(RequestID.string("a").json, as: "RequestId")
        try expectValid(RequestID.null.json, as: "RequestId")
    }

    @Test(arguments: [EncodedEntry.Stamp.none, .live, .replay])
    func framesOfUpdatesAreValid(stamp: EncodedEntry.Stamp) throws {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 9)
        var checked = 0
        for entry in Entry.coalesced(generator.journal(count: 500)) {
            let encoded = EncodedEntry(entry)
            guard encoded.isUpdate, let frame = encoded.frame(session: "sess-1", stamp: stamp) else { continue }
            let message = try JSON(parsing: frame)
            #expect(message["method"] == "session/update")
            let params = try #require(message["params"])
            #expect(try schema.violations(of: params, as: "SessionNotification") == [], "\(seed)")
            checked += 1
        }
        #expect(checked > 0, "\(seed)")
    }

    /// The validator itself, on instances that are wrong in one place each.
    @Test(
        arguments: [
            ("SessionNotification", ["sessionId": "s"], "the value: lacks update"),
            ("InitializeRequest", ["protocolVersion": 65_536], "/protocolVersion: does not fit uint16"),
            ("InitializeRequest", ["protocolVersion": 1.5], "/protocolVersion: is not integer"),
            ("NewSessionRequest", ["cwd": "/", "mcpServers": [7]], "/mcpServers/0: fits 0 of 3 alternatives"),
            ("PromptResponse", ["stopReason": "tired"], "/stopReason: fits 0 of 5 alternatives"),
            ("PromptRequest", ["sessionId": "s", "prompt": [["type": "text"]]], "/prompt/0: lacks text"),
            ("Error", ["code": "x", "message": "m"], "/code: is not integer"),
        ] as [(String, JSON, String)])
    func whatIsWrongIsFound(definition: String, json: JSON, violation: String) throws {
        let violations = try schema.violations(of: json, as: definition)
        #expect(violations.map(\.description).contains(violation), "\(violations)")
    }
}
