import Wire

/// What an agent says of itself when it is started: its answer to `initialize`.
struct ACPPeer: Hashable, Sendable {
    /// The version of ACP that is spoken.
    static let version: Int64 = 1

    var version: Int64
    /// Whether it goes on with a session without repeating it (`session/resume`).
    var resumes: Bool
    /// Whether it goes on with a session that it repeats first (`session/load`).
    var loads: Bool
    /// Whether it is told that a session is not used any more (`session/close`).
    var closes: Bool
    var promptKinds: Set<AgentOffers.PromptKind>
    /// How it reaches servers of the Model Context Protocol besides standard input and output: `http`, `sse`.
    var serverKinds: Set<String>
    /// The ways to sign in, each with its name and description, for people.
    var signIns: [String]

    /// Decodes the result of `initialize`; what is missing is not offered.
    init(_ json: JSON) throws(RPCError) {
        let capabilities = json["agentCapabilities"]
        version = try json.required("protocolVersion", in: .version)
        resumes = capabilities?["sessionCapabilities"]?["resume"]?.members != nil
        closes = capabilities?["sessionCapabilities"]?["close"]?.members != nil
        loads = capabilities?["loadSession"]?.bool ?? false
        promptKinds = Set(
            AgentOffers.PromptKind.allCases.filter { capabilities?["promptCapabilities"]?[$0.rawValue]?.bool ?? false })
        serverKinds = Set(["http", "sse"].filter { capabilities?["mcpCapabilities"]?[$0]?.bool ?? false })
        signIns = (json["authMethods"]?.array ?? []).compactMap { method in
            guard let id = method["id"]?.string else { return nil }
            let parts = [method["name"]?.string ?? id, method["description"]?.string].compactMap { $0 }
            return parts.joined(separator: " - ").withoutControls
        }
    }

    /// What is said of the client: `initialize`'s parameters.
    static func request(from client: Implementation) -> JSON {
        [
            "protocolVersion": .integer(version),
            "clientCapabilities": [
                "fs": ["readTextFile": true, "writeTextFile": true], "terminal": true,
                "elicitation": ["form": [:], "url": [:]],
            ],
            "clientInfo": ["name": .string(client.name), "title": "Belay", "version": .string(client.version)],
        ]
    }
}
