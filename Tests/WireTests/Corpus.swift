import Wire

/// One message of every kind that client and server send each other.
enum Corpus {
    static let session = SessionID("sess-1")
    static let epoch = Epoch("epoch-1")

    static let attachResult = AttachResult(
        session: session, epoch: epoch, headSeq: 412, mode: .delta, afterSeq: 400, tier: .brief, turn: "turn-7",
        expiresAt: 1_700_000_300_000)
    static let expiry = Expiry(
        at: 1_700_000_000_000, lastSeq: 12, archiveUntil: 1_800_000_000_000, successorID: "sess-2",
        successor: Position(epoch: "epoch-2", seq: 0))
    static let initialize = InitializeRequest(
        client: Implementation(name: "belay", version: "1.0.0"),
        layer: .init(
            clientID: "client-1",
            resume: [
                AttachRequest(session: session, position: Position(epoch: epoch, seq: 412)),
                AttachRequest(session: "sess-2", position: nil),
            ]))
    static let initialized = InitializeResult(
        agent: Implementation(name: "belayd", version: "1.0.0"),
        layer: .init(
            pingInterval: 20_000, pingTimeout: 3_000,
            resumed: [.attached(attachResult), .refused("sess-2", expiry.error)]))
    static let ack = Ack(session: session, position: Position(epoch: epoch, seq: 7))
    static let caughtUp = CaughtUp(session: session, position: Position(epoch: epoch, seq: 9), events: 3, bytes: 999)
    static let history = HistoryMessage(
        id: "message-1", role: .assistant, content: [.text("half\u{2028}done"), .resourceLink(name: "a", uri: "b:c")],
        timestamp: 1_700_000_000_001, seq: 31)

    static let requests: [Message] = [
        .request(.number(0), method: Method.initialize, params: initialize.json),
        .request(.number(1), method: Method.authenticate, params: ["methodId": "none"]),
        .request(
            .number(2), method: Method.newSession,
            params: ClientRequest.NewSession(directory: "/srv", clientSessionKey: "k", agent: "librarian").json),
        .request(
            .string("three"), method: Method.loadSession,
            params: ["sessionId": "sess-1", "cwd": "/srv", "mcpServers": []]),
        .request(
            .number(4), method: Method.resumeSession,
            params: [
                "sessionId": "sess-1", "cwd": "/srv", "_meta": ["belay": ["epoch": "epoch-1", "afterSeq": 412]],
            ]),
        .request(.number(5), method: Method.listSessions, params: ["cwd": .null, "cursor": "next"]),
        .request(.number(6), method: Method.closeSession, params: ["sessionId": "sess-1"]),
        .request(.number(7), method: Method.deleteSession, params: ["sessionId": "sess-1"]),
        .request(
            .number(8), method: Method.prompt,
            params: ClientRequest.Prompt(
                session: session, content: [.text("Grüße, 🧗")], clientMessageID: "key-1"
            ).json),
        .request(.number(9), method: Method.state, params: ["sessionId": "sess-1", "parts": ["memory", "plan"]]),
        .request(.number(10), method: Method.history, params: HistoryRequest(session: session, before: 30).json),
        .request(.number(11), method: Method.ping, params: ["t": 12.5, "acks": .array([ack.json])]),
    ]

    static let notices: [Message] = [
        .notification(
            method: Method.cancel, params: ["sessionId": "sess-1", "_meta": ["belay": ["turnId": "turn-7"]]]),
        .notification(method: Method.cancelRequest, params: ["requestId": 8]),
        .notification(method: Method.ack, params: ["acks": .array([ack.json])]),
        .notification(method: Method.detach, params: ["sessionId": "sess-1"]),
        .notification(
            method: Method.update,
            params: [
                "sessionId": "sess-1",
                "update": SessionUpdate.agentMessage(.init(messageID: "m", content: .text("a\u{0}\"\\\n"))).json,
                "_meta": ["belay": ["seq": 3, "ts": 1_700_000_000_000, "from": 2, "replay": true]],
            ]),
        .notification(
            method: Method.event,
            params: ["sessionId": "sess-1", "seq": 4, "ts": 5, "kind": "note", "data": ["text": "hello"]]),
        .notification(method: Method.caughtUp, params: caughtUp.json),
        .notification(
            method: Method.resync, params: ["sessionId": "sess-1", "epoch": "epoch-1", "reason": "lagging"]),
    ]

    static let answers: [Message] = [
        .response(.number(0), result: initialized.json),
        .response(.string("three"), result: .null),
        .response(.number(8), result: ["stopReason": "end_turn", "_meta": ["belay": ["turnId": "turn-7", "seq": 9]]]),
        .response(.number(10), result: ["messages": .array([history.json]), "more": false]),
        .failure(.number(4), expiry.error),
        .failure(.null, RPCError(.parseError, "invalid JSON at byte 3: not an escape")),
    ]

    static let all = requests + notices + answers
}
