public import Wire

/// What `session/list` says of a session (ACP, Session List, and `protocol.md` §5).
public struct SessionSummary: Hashable, Sendable {
    /// The session.
    public var session: SessionID
    /// Its last entry; 0 when the server does not say.
    public var headSeq: Seq
    /// Whether a turn runs in it.
    public var isWorking: Bool
    /// How many questions of its agent wait for an answer.
    public var questions: Int64
    /// When the turn began that runs; `nil` when none does, or the server does not say.
    public var turnStartedAt: Timestamp?

    /// Creates a summary.
    public init(
        session: SessionID, headSeq: Seq = 0, isWorking: Bool = false, questions: Int64 = 0,
        turnStartedAt: Timestamp? = nil
    ) {
        (self.session, self.headSeq, self.isWorking, self.questions) = (session, headSeq, isWorking, questions)
        self.turnStartedAt = turnStartedAt
    }

    /// The most sessions of one answer that are read.
    public static let listMaximum = 256

    /// Decodes an answer to `session/list`, of which the first page is enough: the sessions used last.
    public static func list(_ result: JSON) throws(RPCError) -> [SessionSummary] {
        _ = try result.requiredArray("sessions")
        return try result.elements("sessions", as: SessionSummary.self, atMost: listMaximum)
    }
}

extension SessionSummary: JSONConvertible {
    /// Decodes a `SessionInfo`.
    public init(json: JSON) throws(RPCError) {
        let layer = json["_meta"]?["belay"]
        self.init(
            session: try json.requiredIdentifier("sessionId"),
            headSeq: layer?["headSeq"]?.integer(in: .position) ?? 0, isWorking: layer?["turn"]?.string != nil,
            questions: layer?["pendingRequests"]?.integer(in: .count) ?? 0,
            turnStartedAt: layer?.clamped("turnStartedAt", to: .time))
    }

    /// The summary as a `SessionInfo`.
    public var json: JSON {
        let layer = JSON.object(of: [
            "headSeq": .integer(headSeq), "turn": isWorking ? "" : nil, "pendingRequests": .integer(questions),
            "turnStartedAt": turnStartedAt.map { .integer($0) },
        ])
        return ["sessionId": .string(session.rawValue), "_meta": ["belay": layer]]
    }
}
