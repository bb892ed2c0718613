public import NIOCore

/// One entry of a session's journal, or several chunks of one message merged into one.
public struct Entry: Hashable, Sendable {
    /// The content of an entry.
    public enum Body: Hashable, Sendable {
        /// An update that is sent as ACP's `session/update`.
        case update(SessionUpdate)
        /// An event that ACP has no method for, sent as `_belay/event`.
        case event(SessionEvent)
    }

    /// The first number that the entry covers; `seq` unless chunks were merged.
    public var from: Seq
    /// The number; of merged chunks the last.
    public var seq: Seq
    /// When it was written, by the server's clock; of merged chunks the first.
    public var timestamp: Timestamp
    /// When entry ``seq`` was written; differs from ``timestamp`` only for merged chunks.
    public var lastTimestamp: Timestamp
    /// The idempotency key of the prompt that it echoes; `nil` for other entries.
    public var clientMessageID: ClientMessageID?
    /// The content of the entry.
    public var body: Body

    /// Creates an entry; `from` and `lastTimestamp` differ from `seq` and `timestamp` only for merged chunks.
    public init(
        from: Seq? = nil, seq: Seq, timestamp: Timestamp, lastTimestamp: Timestamp? = nil,
        clientMessageID: ClientMessageID? = nil, body: Body
    ) {
        self.from = from ?? seq
        self.seq = seq
        self.timestamp = timestamp
        self.lastTimestamp = lastTimestamp ?? timestamp
        self.clientMessageID = clientMessageID
        self.body = body
    }
}

/// An encoded entry, as it is stored and sent: encoded once, however many clients receive it.
public struct EncodedEntry: Hashable, Sendable {
    /// The first number covered.
    public var from: Seq
    /// The number; of merged chunks the last.
    public var seq: Seq
    /// When it was written.
    public var timestamp: Timestamp
    /// When number ``seq`` was written; another time than ``timestamp`` only when chunks were merged.
    public var lastTimestamp: Timestamp
    /// The idempotency key of the prompt that it echoes.
    public var clientMessageID: ClientMessageID?
    /// ``updatePrefix`` and the kind of the update, or the kind of the event. A column of its own, so that the newest
    /// plan or turn is found without decoding all entries.
    public var kind: String
    /// The JSON of ACP's `update`, or of the event's `data`.
    public var payload: ByteBuffer

    /// Creates an entry from its stored columns.
    public init(
        from: Seq, seq: Seq, timestamp: Timestamp, lastTimestamp: Timestamp? = nil, clientMessageID: ClientMessageID?,
        kind: String, payload: ByteBuffer
    ) {
        self.from = from
        self.seq = seq
        self.timestamp = timestamp
        self.lastTimestamp = lastTimestamp ?? timestamp
        self.clientMessageID = clientMessageID
        self.kind = kind
        self.payload = payload
    }

    /// Encodes an entry once, for the disk and for all clients.
    public init(_ entry: Entry) {
        let kind: String
        let payload: JSON
        switch entry.body {
        case .update(let update):
            payload = update.json
            kind = EncodedEntry.updatePrefix + (payload["sessionUpdate"]?.string ?? "")
        case .event(let event): (kind, payload) = (event.kind, event.data)
        }
        self.init(
            from: entry.from, seq: entry.seq, timestamp: entry.timestamp, lastTimestamp: entry.lastTimestamp,
            clientMessageID: entry.clientMessageID, kind: kind, payload: payload.encoded)
    }

    /// The prefix of kinds of ACP updates; kinds of events must not have it.
    public static let updatePrefix = "acp."

    /// The kinds of entries that are chunks of messages of the user and the agent, of which ``HistoryMessage/messages(in:)``
    /// makes the conversation.
    public static let messageKinds = ["user_message_chunk", "agent_message_chunk"].map { updatePrefix + $0 }

    /// The kinds of entries that are chunks of messages or of reasoning.
    static let chunkKinds = messageKinds + [updatePrefix + "agent_thought_chunk"]

    /// Whether it is sent as ACP's `session/update`.
    public var isUpdate: Bool { EncodedEntry.isUpdate(kind) }

    /// Whether entries of the kind are updates. Compares bytes: to `String`, a combining accent behind the prefix
    /// changes its last character, and `hasPrefix` fails.
    static func isUpdate(_ kind: String) -> Bool { kind.utf8.starts(with: updatePrefix.utf8) }

    /// Decodes the entry.
    ///
    /// - Throws: ``RPCError`` −32602 when the payload cannot be decoded, as after damage on the disk.
    public func decoded() throws(RPCError) -> Entry {
        let json: JSON
        do throws(JSONError) {
            json = try JSON(parsing: payload)
        } catch {
            throw .invalidParams("entry \(seq) is damaged: \(error)")
        }
        let body: Entry.Body =
            isUpdate ? .update(try SessionUpdate(json: json)) : .event(try SessionEvent(kind: kind, data: json))
        return Entry(
            from: from, seq: seq, timestamp: timestamp, lastTimestamp: lastTimestamp, clientMessageID: clientMessageID,
            body: body)
    }
}
