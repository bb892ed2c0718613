public import Transport
public import Wire

/// What most tests say.
extension WireClient {
    /// Connects and initializes: as a client of the layer when it has a name, else as a plain one.
    public static func greeted(
        by endpoint: Endpoint, token: String? = nil, as client: ClientID? = nil
    ) async throws -> WireClient {
        let connected = try await connect(to: endpoint, token: token)
        try await connected.request(Method.initialize, InitializeRequest.of(client).json)
        return connected
    }

    /// Makes a session.
    public func newSession(_ directory: String = "/usr", key: String? = nil) async throws -> SessionID {
        let new = ClientRequest.NewSession(directory: directory, clientSessionKey: key)
        return SessionID(try await request(Method.newSession, new.json).requiredString("sessionId"))
    }

    /// Sends a prompt and does not wait for the end of its turn.
    @discardableResult
    public func prompt(_ text: String, in session: SessionID, key: ClientMessageID? = nil) -> RequestID {
        let prompt = ClientRequest.Prompt(session: session, content: [.text(text)], clientMessageID: key)
        return post(Method.prompt, prompt.json)
    }

    /// Goes on with a session from a position.
    public func resume(_ session: SessionID, from position: Position?) async throws -> AttachResult {
        let belay: JSON? = position.map { ["epoch": .string($0.epoch.rawValue), "afterSeq": .integer($0.seq)] }
        let params = JSON.object(of: [
            "sessionId": .string(session.rawValue), "cwd": "/usr", "mcpServers": [],
            "_meta": belay.map { ["belay": $0] },
        ])
        let result = try await request(Method.resumeSession, params)
        return try AttachResult(json: result.belay ?? .null)
    }
}

extension InitializeRequest {
    /// The first words of a client.
    public static func of(_ client: ClientID?, resume: [AttachRequest] = []) -> InitializeRequest {
        InitializeRequest(
            client: Implementation(name: "wire-client", version: "1"),
            layer: client.map { Layer(clientID: $0, resume: resume) })
    }
}
