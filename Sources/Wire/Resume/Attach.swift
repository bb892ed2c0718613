/// A request to attach to a session, with the client's cursor (`protocol.md` §7).
public struct AttachRequest: Hashable, Sendable {
    /// The most sessions in one `initialize`, each named once, and the most that one connection may watch.
    public static let listMaximum = 64

    /// The session to attach to.
    public var session: SessionID
    /// The client's cursor; `nil` when it has no copy.
    public var position: Position?
    /// When the entry at ``position`` was written. Journals that diverged can have different entries under one number,
    /// but not under one number and one time, so this detects a server that was restored from an older copy and has
    /// written since (`Ledger.docc/Restored.md`).
    public var timestamp: Timestamp?
    /// The window: how many bytes the client wants before it is current. Beyond it only the newest entries are
    /// replayed, and the older ones are a gap, which the client fills with ``FillRequest``. `nil` replays everything.
    public var window: Int64?

    /// Creates the request to attach to a session.
    public init(session: SessionID, position: Position?, timestamp: Timestamp? = nil, window: Int64? = nil) {
        self.session = session
        self.position = position
        self.timestamp = timestamp
        self.window = window
    }
}

extension AttachRequest: JSONConvertible {
    /// Decodes one element of `resume`, or the `_meta.belay` of `session/resume` with the session beside it.
    public init(json: JSON) throws(RPCError) {
        session = try json.requiredIdentifier("sessionId")
        position = try Position(lenient: json)
        timestamp = try json.optional("afterTs", in: .time)
        window = try json.optional("window", in: .count)
    }

    /// One element of `resume`.
    public var json: JSON {
        .object(of: [
            "sessionId": .string(session.rawValue),
            "epoch": position.map { .string($0.epoch.rawValue) },
            "afterSeq": position.map { .integer($0.seq) },
            "afterTs": timestamp.map { .integer($0) },
            "window": window.map { .integer($0) },
        ])
    }
}

extension Position {
    /// The cursor in `epoch` and `afterSeq`; `nil` when either is missing.
    init?(lenient json: JSON) throws(RPCError) {
        guard let epoch: Epoch = try json.optionalIdentifier("epoch"),
            let seq = try json.optional("afterSeq", in: .position)
        else { return nil }
        self.init(epoch: epoch, seq: seq)
    }
}

/// How long the client was away, as one of two tiers (`protocol.md` §7, Tiers).
public enum Tier: String, Hashable, Sendable {
    /// For less than `sessions.brief`.
    case brief
    /// For less than `sessions.expire`.
    case medium
}

/// How the client is brought up to date.
public enum AttachMode: String, Hashable, Sendable {
    /// The entries behind the client's cursor follow.
    case delta
    /// The whole journal follows; the client's copy is replaced when it is complete.
    case snapshot
}

/// The answer to an attach: `_meta.belay` of the result of `session/resume`.
public struct AttachResult: Hashable, Sendable {
    /// The session that was attached.
    public var session: SessionID
    /// The incarnation of its journal.
    public var epoch: Epoch
    /// The last entry at the time of the answer.
    public var headSeq: Seq
    /// How the client is brought up to date.
    public var mode: AttachMode
    /// The entry behind which the replay begins.
    public var afterSeq: Seq
    /// How long the client was away.
    public var tier: Tier
    /// The running turn; `nil` when none runs.
    public var turn: TurnID?
    /// When the session expires if its clients stay away, by the server's wall clock; `nil` while it cannot expire.
    public var expiresAt: Timestamp?
    /// The open questions, which are asked again after the fence. Stored answers to any other question are too late.
    public var openRequests: [RequestKey]
    /// The gap that the replay leaves; `nil` when the replay is complete.
    public var missing: Missing?

    /// Creates the answer to an attach.
    public init(
        session: SessionID, epoch: Epoch, headSeq: Seq, mode: AttachMode, afterSeq: Seq, tier: Tier, turn: TurnID?,
        expiresAt: Timestamp?, openRequests: [RequestKey] = [], missing: Missing? = nil
    ) {
        self.session = session
        self.epoch = epoch
        self.headSeq = headSeq
        self.mode = mode
        self.afterSeq = afterSeq
        self.tier = tier
        self.turn = turn
        self.expiresAt = expiresAt
        self.openRequests = openRequests
        self.missing = missing
    }
}

/// A gap: entries that a client is not sent at once, and the state of the journal meanwhile.
public struct Missing: Hashable, Sendable {
    /// The first and the last entry of the gap; the replay begins right behind it.
    public var range: ClosedRange<Seq>
    /// The projections of the whole journal.
    public var state: SessionState

    /// Creates the description of a gap.
    public init(range: ClosedRange<Seq>, state: SessionState) {
        self.range = range
        self.state = state
    }
}

extension Missing: JSONConvertible {
    /// Decodes `missing` of an attach's answer.
    public init(json: JSON) throws(RPCError) {
        let (from, to) = (try json.required("from", in: .entry), try json.required("to", in: .entry))
        guard from <= to else { throw .invalidParams("'from' and 'to' are not in order") }
        range = from...to
        state = try json.required("state", as: SessionState.self)
    }

    /// The value of `missing` as JSON.
    public var json: JSON {
        ["from": .integer(range.lowerBound), "to": .integer(range.upperBound), "state": state.json]
    }
}

extension AttachResult: JSONConvertible {
    /// Decodes the answer; throws −32602, naming the field.
    public init(json: JSON) throws(RPCError) {
        self.init(
            session: try json.requiredIdentifier("sessionId"),
            epoch: try json.requiredIdentifier("epoch"),
            headSeq: try json.required("headSeq", in: .position),
            mode: AttachMode(rawValue: try json.requiredString("mode")) ?? .snapshot,
            afterSeq: try json.required("afterSeq", in: .position),
            tier: json["tier"]?.string.flatMap(Tier.init(rawValue:)) ?? .medium,
            turn: try json.optionalIdentifier("turn"),
            expiresAt: json.clamped("expiresAt", to: .time),
            openRequests: try json.elements("openRequests", as: RequestKey.self),
            missing: try json["missing"].map { missing throws(RPCError) in try Missing(json: missing) })
    }

    /// The answer as the value of `_meta.belay`.
    public var json: JSON {
        .object(of: [
            "sessionId": .string(session.rawValue),
            "epoch": .string(epoch.rawValue),
            "headSeq": .integer(headSeq),
            "mode": .string(mode.rawValue),
            "afterSeq": .integer(afterSeq),
            "tier": .string(tier.rawValue),
            "turn": turn.map { .string($0.rawValue) },
            "pendingRequests": .integer(Int64(openRequests.count)),
            "openRequests": .array(openRequests.map { .string($0.rawValue) }),
            "expiresAt": expiresAt.map { .integer($0) },
            "missing": missing?.json,
        ])
    }
}

/// The outcome for one session of `resume`: attached, or the error that `session/resume` would have returned.
public enum AttachOutcome: Hashable, Sendable {
    /// The session is attached.
    case attached(AttachResult)
    /// The session is not attached, with the reason.
    case refused(SessionID, RPCError)
}

extension AttachOutcome: JSONConvertible {
    /// Decodes one element of `resumed`.
    public init(json: JSON) throws(RPCError) {
        if let error = json["error"] {
            self = .refused(try json.requiredIdentifier("sessionId"), try RPCError(json: error))
        } else {
            self = .attached(try AttachResult(json: json))
        }
    }

    /// One element of `resumed`.
    public var json: JSON {
        switch self {
        case .attached(let result): result.json
        case .refused(let session, let error): ["sessionId": .string(session.rawValue), "error": error.json]
        }
    }
}

/// An expired session and its successor: `data.belay` of the error with the reason `expired`.
public struct Expiry: Hashable, Sendable {
    /// When the session expired.
    public var at: Timestamp
    /// The last entry of its journal.
    public var lastSeq: Seq
    /// Until when its transcript can be read.
    public var archiveUntil: Timestamp
    /// The cursor of the successor, the new session that takes its place.
    public var successor: Position
    /// The identifier of the successor.
    public var successorID: SessionID

    /// Creates the data of an `expired` error.
    public init(at: Timestamp, lastSeq: Seq, archiveUntil: Timestamp, successorID: SessionID, successor: Position) {
        self.at = at
        self.lastSeq = lastSeq
        self.archiveUntil = archiveUntil
        self.successorID = successorID
        self.successor = successor
    }

    /// The error that carries these data.
    public var error: RPCError {
        RPCError(
            .resourceNotFound, "the session has expired; a new one takes its place",
            data: [
                "belay": [
                    "reason": "expired", "at": .integer(at), "lastSeq": .integer(lastSeq),
                    "archiveUntil": .integer(archiveUntil),
                    "successor": [
                        "sessionId": .string(successorID.rawValue), "epoch": .string(successor.epoch.rawValue),
                    ],
                ]
            ])
    }

    /// Decodes the data of an error; `nil` when its reason is not `expired`.
    public init?(_ error: RPCError) {
        guard error.code == .resourceNotFound, let belay = error.data?["belay"], belay["reason"] == "expired",
            let at = belay.clamped("at", to: .time), let lastSeq = belay["lastSeq"]?.integer(in: .position),
            let successor = belay["successor"]?["sessionId"]?.string.flatMap(SessionID.init(checking:)),
            let epoch = belay["successor"]?["epoch"]?.string.flatMap(Epoch.init(checking:))
        else { return nil }
        self.init(
            at: at, lastSeq: lastSeq, archiveUntil: belay.clamped("archiveUntil", to: .time) ?? at,
            successorID: successor, successor: Position(epoch: epoch, seq: 0))
    }
}
