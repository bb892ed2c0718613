/// Acknowledgements and fences of the resume layer (`protocol.md` §6).

/// An acknowledgement: what is durable on the client's disk.
public struct Ack: Hashable, Sendable, JSONConvertible {
    /// The most acknowledgements in one message: one for each session that may be watched.
    public static let listMaximum = AttachRequest.listMaximum

    /// The session that is acknowledged.
    public var session: SessionID
    /// The last entry that is durable at the client.
    public var position: Position

    /// Creates an acknowledgement.
    public init(session: SessionID, position: Position) {
        self.session = session
        self.position = position
    }

    /// Decodes one element of `acks`.
    public init(json: JSON) throws(RPCError) {
        session = try json.requiredIdentifier("sessionId")
        position = Position(epoch: try json.requiredIdentifier("epoch"), seq: try json.required("seq", in: .position))
    }

    /// One element of `acks`.
    public var json: JSON {
        [
            "sessionId": .string(session.rawValue), "epoch": .string(position.epoch.rawValue),
            "seq": .integer(position.seq),
        ]
    }
}

/// The fence at the end of a replay: the client is current through this entry.
public struct CaughtUp: Hashable, Sendable, JSONConvertible {
    /// The session whose replay has ended.
    public var session: SessionID
    /// The last entry of the replay: the client's cursor from now on.
    public var position: Position
    /// How many frames were replayed.
    public var events: Int64
    /// How many bytes they had.
    public var bytes: Int64

    /// Creates the fence of a replay.
    public init(session: SessionID, position: Position, events: Int64, bytes: Int64) {
        self.session = session
        self.position = position
        self.events = events
        self.bytes = bytes
    }

    /// Decodes the parameters of `_belay/caught_up`.
    public init(json: JSON) throws(RPCError) {
        session = try json.requiredIdentifier("sessionId")
        position = Position(epoch: try json.requiredIdentifier("epoch"), seq: try json.required("seq", in: .position))
        events = json.clamped("events", to: .count) ?? 0
        bytes = json.clamped("bytes", to: .count) ?? 0
    }

    /// The parameters of `_belay/caught_up`.
    public var json: JSON {
        [
            "sessionId": .string(session.rawValue), "epoch": .string(position.epoch.rawValue),
            "seq": .integer(position.seq), "events": .integer(events), "bytes": .integer(bytes),
        ]
    }
}
