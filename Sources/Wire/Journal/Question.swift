/// Something that an agent asks its user and waits for: a permission, or an elicitation (`protocol.md` §9).
///
/// It is an entry of the journal, so it is open while nobody is attached, and whoever comes back is asked again. ACP's
/// own request carries it to a client and is never its identity: that is ``key``.
public struct Question: Hashable, Sendable {
    /// Its name, the same however often it is asked.
    public var key: RequestKey
    /// The turn that waits for the answer.
    public var turn: TurnID
    /// ACP's method: `session/request_permission` or `elicitation/create`.
    public var method: String
    /// The method's parameters without the session's name and the layer's stamp.
    public var params: JSON

    /// A question.
    public init(key: RequestKey, turn: TurnID, method: String, params: JSON) {
        self.key = key
        self.turn = turn
        self.method = method
        self.params = params
    }

    /// What ended a question.
    public struct Resolution: Hashable, Sendable {
        /// The question.
        public var key: RequestKey
        /// The answer, as the result of the method.
        public var answer: JSON
        /// The installation whose answer it was; `nil` for a plain ACP client and for the end of the turn.
        public var by: ClientID?

        /// A resolution.
        public init(key: RequestKey, answer: JSON, by: ClientID?) {
            self.key = key
            self.answer = answer
            self.by = by
        }
    }

    /// The result by which ACP says that nobody answers any more.
    public var cancelledAnswer: JSON {
        method == Method.createElicitation ? ["action": "cancel"] : ["outcome": ["outcome": "cancelled"]]
    }

    /// Whether this can be the result of the method; an option that was not offered cannot.
    public func takes(_ answer: JSON) -> Bool {
        guard method == Method.requestPermission else { return answer["action"]?.string != nil }
        switch answer["outcome"]?["outcome"]?.string {
        case "cancelled": return true
        case "selected":
            let wanted = answer["outcome"]?["optionId"]
            return wanted != nil && (params["options"]?.array ?? []).contains { $0["optionId"] == wanted }
        default: return false
        }
    }

    /// The request that asks it on one connection.
    ///
    /// - Parameters:
    ///   - seq: The entry that it is; `nil` leaves the layer's stamp out, for a plain ACP client.
    ///   - isReissue: Whether it is asked again.
    public func request(
        _ id: RequestID, session: SessionID, seq: Seq?, isReissue: Bool
    ) -> Message {
        var members = [JSON.Member("sessionId", .string(session.rawValue))] + (params.members ?? [])
        if let seq {
            let stamp = JSON.object(of: [
                "seq": .integer(seq), "requestKey": .string(key.rawValue), "reissue": isReissue ? true : nil,
            ])
            members.append(JSON.Member("_meta", ["belay": stamp]))
        }
        return .request(id, method: method, params: .object(members))
    }
}

extension Question: JSONConvertible {
    /// Reads the data of a `request` event.
    public init(json: JSON) throws(RPCError) {
        self.init(
            key: try json.requiredIdentifier("requestKey"), turn: try json.requiredIdentifier("turnId"),
            method: try json.requiredName("method"), params: json["params"] ?? [:])
    }

    /// The data of a `request` event.
    public var json: JSON {
        [
            "requestKey": .string(key.rawValue), "turnId": .string(turn.rawValue), "method": .string(method),
            "params": params,
        ]
    }
}

extension Question.Resolution: JSONConvertible {
    /// Reads the data of a `request_resolved` event.
    public init(json: JSON) throws(RPCError) {
        self.init(
            key: try json.requiredIdentifier("requestKey"), answer: json["outcome"] ?? .null,
            by: try json.optionalIdentifier("by"))
    }

    /// The data of a `request_resolved` event.
    public var json: JSON {
        .object(of: [
            "requestKey": .string(key.rawValue), "outcome": answer, "by": by.map { .string($0.rawValue) },
        ])
    }
}
