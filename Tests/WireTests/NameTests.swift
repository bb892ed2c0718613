import Testing
import Wire

/// Identifiers of peers: valid ones, invalid ones, and that every decoder checks them.
@Suite struct NameTests {
    static let good = ["a", "~", "!", "019f-4c", "-x", String(repeating: "z", count: 128), "$(id)"]
    static let bad = [
        "", " ", "a b", "a\u{0}", "\u{0}", "a\u{0}b", "a\n", "\u{1B}[2J", "a\u{7F}", "é", "e\u{301}", "a\u{202E}", "😀",
        String(repeating: "z", count: 129), String(repeating: "z", count: 1 << 20),
    ]

    @Test func knowsItsGrammar() {
        for name in NameTests.good {
            #expect(Name.isValid(name))
            #expect(SessionID(checking: name)?.rawValue == name)
        }
        for name in NameTests.bad {
            #expect(!Name.isValid(name))
            #expect(SessionID(checking: name) == nil)
        }
    }

    @Test func membersAreNamedAndNeverQuoted() {
        for name in NameTests.bad {
            let json: JSON = ["sessionId": .string(name)]
            let error = #expect(throws: RPCError.self) { let _: SessionID = try json.requiredIdentifier("sessionId") }
            #expect(error?.code == .invalidParams)
            #expect(error?.message.contains("'sessionId'") == true)
            #expect(error?.message.utf8.allSatisfy { (0x20...0x7E).contains($0) } == true)
            #expect(throws: RPCError.self) { let _: SessionID? = try json.optionalIdentifier("sessionId") }
        }
    }

    /// Every request of a client, with every member that is a name: a bad one is refused where it is read.
    static let requests: [(method: String, params: JSON, names: [[String]])] = [
        (
            Method.initialize,
            [
                "protocolVersion": 1, "clientCapabilities": ["_meta": ["belay": ["clientId": "c", "version": 1]]],
                "_meta": ["belay": ["resume": [["sessionId": "s", "epoch": "e", "afterSeq": 1]]]],
            ],
            [
                ["clientCapabilities", "_meta", "belay", "clientId"],
                ["_meta", "belay", "resume", "0", "sessionId"], ["_meta", "belay", "resume", "0", "epoch"],
            ]
        ),
        (
            Method.newSession,
            ["cwd": "/srv", "_meta": ["belay": ["clientSessionKey": "k", "agent": "librarian"]]],
            [["_meta", "belay", "clientSessionKey"], ["_meta", "belay", "agent"]]
        ),
        (Method.loadSession, ["sessionId": "s"], [["sessionId"]]),
        (
            Method.resumeSession,
            ["sessionId": "s", "_meta": ["belay": ["epoch": "e", "afterSeq": 1]]],
            [["sessionId"], ["_meta", "belay", "epoch"]]
        ),
        (Method.listSessions, ["cursor": "50"], [["cursor"]]),
        (Method.closeSession, ["sessionId": "s"], [["sessionId"]]),
        (Method.deleteSession, ["sessionId": "s"], [["sessionId"]]),
        (
            Method.prompt,
            [
                "sessionId": "s", "prompt": [["type": "text", "text": "a\u{0}b"]],
                "_meta": ["belay": ["clientMessageId": "m"]],
            ],
            [["sessionId"], ["_meta", "belay", "clientMessageId"]]
        ),
        (Method.state, ["sessionId": "s"], [["sessionId"]]),
        (Method.history, ["sessionId": "s"], [["sessionId"]]),
        (Method.fill, ["sessionId": "s", "epoch": "e", "from": 1, "to": 2], [["sessionId"], ["epoch"]]),
        (
            Method.ping, ["t": 1, "acks": [["sessionId": "s", "epoch": "e", "seq": 1]]],
            [["acks", "0", "sessionId"], ["acks", "0", "epoch"]]
        ),
    ]

    @Test(arguments: requests.indices)
    func requestsRefuseBadNames(_ index: Int) throws {
        let (method, params, names) = NameTests.requests[index]
        _ = try ClientRequest(method: method, params: params)
        for path in names {
            for name in NameTests.bad {
                let damaged = params.replacing(path[...], with: .string(name))
                let error = #expect(throws: RPCError.self) { try ClientRequest(method: method, params: damaged) }
                #expect(error?.code == .invalidParams, "\(method) \(path)")
            }
        }
    }

    @Test func pathsEndWhereTheyEnd() {
        for path in ["srv", "", "/srv\u{0}/etc", "/" + String(repeating: "x", count: 4_095)] {
            let error = #expect(throws: RPCError.self) {
                try ClientRequest(method: Method.newSession, params: ["cwd": .string(path)])
            }
            #expect(error?.code == .invalidParams)
            #expect(throws: RPCError.self) {
                try ClientRequest(method: Method.listSessions, params: ["cwd": .string(path)])
            }
        }
    }

    @Test func listsAreBounded() throws {
        let session: JSON = ["sessionId": "s"]
        func initialize(_ resume: [JSON]) throws -> ClientRequest {
            try ClientRequest(
                method: Method.initialize,
                params: [
                    "protocolVersion": 1, "clientCapabilities": ["_meta": ["belay": ["clientId": "c"]]],
                    "_meta": ["belay": ["resume": .array(resume)]],
                ])
        }
        let many = (0..<AttachRequest.listMaximum).map { JSON.object(of: ["sessionId": .string("s\($0)")]) }
        _ = try initialize(many)
        #expect(throws: RPCError.self) { try initialize(many + [session]) }
        #expect(throws: RPCError.self) { try initialize([session, session]) }
        let block: JSON = ["type": "text", "text": "x"]
        let blocks = [JSON](repeating: block, count: ClientRequest.Prompt.blocksMaximum + 1)
        #expect(throws: RPCError.self) {
            try ClientRequest(method: Method.prompt, params: ["sessionId": "s", "prompt": .array(blocks)])
        }
        let acks = [JSON](repeating: ["sessionId": "s", "epoch": "e", "seq": 1], count: Ack.listMaximum + 1)
        #expect(throws: RPCError.self) { try ClientRequest(method: Method.ping, params: ["acks": .array(acks)]) }
        #expect(throws: RPCError.self) { try ClientNotice(method: Method.ack, params: ["acks": .array(acks)]) }
    }

    @Test func keysAreComparedByTheirBytes() {
        // U+212A is canonically equal to K, and another key all the same.
        let json: JSON = ["request\u{212A}ey": "a"]
        #expect(json["requestKey"] == nil)
    }
}

extension JSON {
    /// The value with the one at the path replaced; a number is the place in a list.
    func replacing(_ path: ArraySlice<String>, with value: JSON) -> JSON {
        guard let first = path.first else { return value }
        switch self {
        case .object(let members):
            return .object(
                members.map { member in
                    guard member.key == first else { return member }
                    return Member(first, member.value.replacing(path.dropFirst(), with: value))
                })
        case .array(var elements):
            guard let index = Int(first), elements.indices.contains(index) else { return self }
            elements[index] = elements[index].replacing(path.dropFirst(), with: value)
            return .array(elements)
        case .null, .bool, .integer, .number, .string: return self
        }
    }
}
