/// A question of an agent to its user: a permission request, or an elicitation (`protocol.md` §9).
///
/// It is an entry of the journal, so it stays open while no client is attached, and a client that comes back is asked
/// again. An ACP request carries it to a client; the identity is ``key`` and not the id of that request.
public struct Question: Hashable, Sendable {
    /// Its key, the same however often it is asked.
    public var key: RequestKey
    /// The turn that waits for the answer.
    public var turn: TurnID
    /// ACP's method: `session/request_permission` or `elicitation/create`.
    public var method: String
    /// The method's parameters without `sessionId` and the layer's stamp.
    public var params: JSON

    /// Creates a question; `params` go to clients as they are.
    public init(key: RequestKey, turn: TurnID, method: String, params: JSON) {
        self.key = key
        self.turn = turn
        self.method = method
        self.params = params
    }

    /// The answer that closes a question.
    public struct Resolution: Hashable, Sendable {
        /// The key of the question.
        public var key: RequestKey
        /// The answer, as the result of the method.
        public var answer: JSON
        /// The client that answered; `nil` for a plain ACP client, and when the end of the turn closed the question.
        public var by: ClientID?
        /// The user that answered; `nil` when nobody did.
        public var user: String?
        /// The address from which it was answered; `local` for the Unix domain socket.
        public var address: String?

        /// Creates the answer to a question, or its cancellation.
        public init(
            key: RequestKey, answer: JSON, by: ClientID?, user: String? = nil, address: String? = nil
        ) {
            self.key = key
            self.answer = answer
            self.by = by
            self.user = user
            self.address = address
        }
    }

    /// ACP's result for a question that is cancelled.
    public var cancelledAnswer: JSON {
        method == Method.createElicitation ? ["action": "cancel"] : ["outcome": ["outcome": "cancelled"]]
    }

    /// Whether this is a valid result of the method. An option that was not offered is not.
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

    /// The ACP request that asks the question on one connection.
    ///
    /// - Parameters:
    ///   - seq: The number of its entry; `nil` omits the layer's stamp, for a plain ACP client.
    ///   - isReissue: Whether it was asked before, on another connection.
    public func request(
        _ id: RequestID, session: SessionID, seq: Seq?, isReissue: Bool
    ) -> Message {
        // An agent's own `_meta` and the stamp are one member: of two the second is not found.
        let own = (params.members ?? []).filter { $0.key == "_meta" }.flatMap { $0.value.members ?? [] }
            .filter { $0.key != "belay" }
        var members =
            [JSON.Member("sessionId", .string(session.rawValue))]
            + (params.members ?? []).filter { $0.key != "_meta" && $0.key != "sessionId" }
        if seq == nil, !own.isEmpty { members.append(JSON.Member("_meta", .object(own))) }
        if let seq {
            let stamp = JSON.object(of: [
                "seq": .integer(seq), "requestKey": .string(key.rawValue), "reissue": isReissue ? true : nil,
            ])
            members.append(JSON.Member("_meta", .object([JSON.Member("belay", stamp)] + own)))
        }
        return .request(id, method: method, params: .object(members))
    }
}

extension Question: JSONConvertible {
    /// Decodes the data of a `request` event.
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
    /// Decodes the data of a `request_resolved` event.
    public init(json: JSON) throws(RPCError) {
        self.init(
            key: try json.requiredIdentifier("requestKey"), answer: json["outcome"] ?? .null,
            by: try json.optionalIdentifier("by"), user: json["user"]?.string, address: json["from"]?.string)
    }

    /// The data of a `request_resolved` event.
    public var json: JSON {
        .object(of: [
            "requestKey": .string(key.rawValue), "outcome": answer, "by": by.map { .string($0.rawValue) },
            "user": user.map { .string($0) }, "from": address.map { .string($0) },
        ])
    }
}
