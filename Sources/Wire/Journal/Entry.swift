public import NIOCore

/// One entry of a session's journal, or several chunks of one message merged into one.
public struct Entry: Hashable, Sendable {
    /// What an entry says.
    public enum Body: Hashable, Sendable {
        /// Something ACP has a frame for.
        case update(SessionUpdate)
        /// Something it has none for.
        case event(SessionEvent)
    }

    /// The first number that the entry covers; `seq` unless chunks were merged.
    public var from: Seq
    /// The number; of merged chunks the last.
    public var seq: Seq
    /// When it was written, by the server's clock; of merged chunks the first.
    public var timestamp: Timestamp
    /// When number ``seq`` was written; another time than ``timestamp`` only when chunks were merged.
    public var lastTimestamp: Timestamp
    /// The idempotency key of the prompt that it echoes.
    public var clientMessageID: ClientMessageID?
    /// What it says.
    public var body: Body

    /// An entry.
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

/// An entry as it is stored and sent: encoded once, however many clients it goes to.
public struct EncodedEntry: Hashable, Sendable {
    /// The first number covered.
    public var from: Seq
    /// The number.
    public var seq: Seq
    /// When it was written.
    public var timestamp: Timestamp
    /// When number ``seq`` was written; another time than ``timestamp`` only when chunks were merged.
    public var lastTimestamp: Timestamp
    /// The idempotency key of the prompt that it echoes.
    public var clientMessageID: ClientMessageID?
    /// `update`, or the kind of the event. A column, so that the newest plan or turn is found without reading all.
    public var kind: String
    /// The JSON of ACP's `update`, or of the event's `data`.
    public var payload: ByteBuffer

    /// An entry as it is stored.
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

    /// Encodes an entry.
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

    /// What the kinds of ACP updates begin with; the kinds of events do not.
    public static let updatePrefix = "acp."

    /// Whether ACP has a frame for it.
    public var isUpdate: Bool { EncodedEntry.isUpdate(kind) }

    /// Whether entries of the kind are updates. By bytes: to `String`, a letter with an accent behind the prefix is
    /// another letter, and the prefix is none.
    static func isUpdate(_ kind: String) -> Bool { kind.utf8.starts(with: updatePrefix.utf8) }

    /// The entry, read.
    ///
    /// - Throws: ``RPCError`` −32602 when the stored payload is not what it should be; a disk that changed a byte can
    ///   cause that.
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
