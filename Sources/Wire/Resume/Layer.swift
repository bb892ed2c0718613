/// The small messages of the resume layer (`protocol.md` §6).

/// What is durable on the client's disk.
public struct Ack: Hashable, Sendable, JSONConvertible {
    /// The session.
    public var session: SessionID
    /// Through which entry.
    public var position: Position

    /// An acknowledgement.
    public init(session: SessionID, position: Position) {
        self.session = session
        self.position = position
    }

    /// Reads one element of `acks`.
    public init(json: JSON) throws(RPCError) {
        session = SessionID(try json.requiredString("sessionId"))
        position = Position(epoch: Epoch(try json.requiredString("epoch")), seq: try json.requiredInteger("seq"))
    }

    /// One element of `acks`.
    public var json: JSON {
        [
            "sessionId": .string(session.rawValue), "epoch": .string(position.epoch.rawValue),
            "seq": .integer(position.seq),
        ]
    }
}

/// The fence: the client is current through this entry.
public struct CaughtUp: Hashable, Sendable, JSONConvertible {
    /// The session.
    public var session: SessionID
    /// Through which entry.
    public var position: Position
    /// How many frames were replayed.
    public var events: Int64
    /// How many bytes they had.
    public var bytes: Int64

    /// A fence.
    public init(session: SessionID, position: Position, events: Int64, bytes: Int64) {
        self.session = session
        self.position = position
        self.events = events
        self.bytes = bytes
    }

    /// Reads the parameters of `_belay/caught_up`.
    public init(json: JSON) throws(RPCError) {
        session = SessionID(try json.requiredString("sessionId"))
        position = Position(epoch: Epoch(try json.requiredString("epoch")), seq: try json.requiredInteger("seq"))
        events = json["events"]?.integer ?? 0
        bytes = json["bytes"]?.integer ?? 0
    }

    /// The parameters of `_belay/caught_up`.
    public var json: JSON {
        [
            "sessionId": .string(session.rawValue), "epoch": .string(position.epoch.rawValue),
            "seq": .integer(position.seq), "events": .integer(events), "bytes": .integer(bytes),
        ]
    }
}

/// A page of the conversation: `_belay/history`'s parameters.
public struct HistoryRequest: Hashable, Sendable, JSONConvertible {
    /// The longest page, in messages.
    public static let limitMaximum: Int64 = 500

    /// The session.
    public var session: SessionID
    /// Only messages before this entry.
    public var before: Seq?
    /// Only messages after this entry.
    public var after: Seq?
    /// How many messages at most.
    public var limit: Int64

    /// A page.
    public init(session: SessionID, before: Seq? = nil, after: Seq? = nil, limit: Int64 = 50) {
        self.session = session
        self.before = before
        self.after = after
        self.limit = min(max(limit, 1), HistoryRequest.limitMaximum)
    }

    /// Reads the parameters; a limit past the bound becomes the bound.
    public init(json: JSON) throws(RPCError) {
        self.init(
            session: SessionID(try json.requiredString("sessionId")), before: json["before"]?.integer,
            after: json["after"]?.integer, limit: json["limit"]?.integer ?? 50)
    }

    /// The parameters.
    public var json: JSON {
        .object(of: [
            "sessionId": .string(session.rawValue), "before": before.map { .integer($0) },
            "after": after.map { .integer($0) }, "limit": .integer(limit),
        ])
    }
}

/// One message of the conversation, whole.
public struct HistoryMessage: Hashable, Sendable, JSONConvertible {
    /// Who spoke.
    public enum Role: String, Hashable, Sendable { case user, assistant }

    /// Its name.
    public var id: MessageID
    /// Who spoke.
    public var role: Role
    /// What was said.
    public var content: [ContentBlock]
    /// When it began.
    public var timestamp: Timestamp
    /// The last entry of it.
    public var seq: Seq

    /// A message.
    public init(id: MessageID, role: Role, content: [ContentBlock], timestamp: Timestamp, seq: Seq) {
        self.id = id
        self.role = role
        self.content = content
        self.timestamp = timestamp
        self.seq = seq
    }

    /// Reads one element of `messages`.
    public init(json: JSON) throws(RPCError) {
        self.init(
            id: MessageID(try json.requiredString("messageId")),
            role: Role(rawValue: try json.requiredString("role")) ?? .assistant,
            content: try json.elements("content", as: ContentBlock.self),
            timestamp: try json.requiredInteger("ts"), seq: try json.requiredInteger("seq"))
    }

    /// One element of `messages`.
    public var json: JSON {
        [
            "messageId": .string(id.rawValue), "role": .string(role.rawValue),
            "content": .array(content.map(\.json)), "ts": .integer(timestamp), "seq": .integer(seq),
        ]
    }

    /// The messages that entries add up to, in order.
    public static func messages(in entries: some Sequence<Entry>) -> [HistoryMessage] {
        var messages: [HistoryMessage] = []
        for entry in entries {
            let role: Role
            let chunk: ContentChunk
            switch entry.body {
            case .update(.userMessage(let said)): (role, chunk) = (.user, said)
            case .update(.agentMessage(let said)): (role, chunk) = (.assistant, said)
            case .update, .event: continue
            }
            if let last = messages.indices.last, messages[last].role == role, messages[last].id == chunk.messageID {
                messages[last].append(chunk.content)
                messages[last].seq = entry.seq
            } else {
                messages.append(
                    HistoryMessage(
                        id: chunk.messageID ?? MessageID("seq-\(entry.from)"), role: role, content: [chunk.content],
                        timestamp: entry.timestamp, seq: entry.seq))
            }
        }
        return messages
    }

    private mutating func append(_ block: ContentBlock) {
        if case .text(let head)? = content.last, case .text(let tail) = block {
            content[content.count - 1] = .text(head + tail)
        } else {
            content.append(block)
        }
    }
}
