/// A session that a client wants to go on with, and how much of it the client holds (`protocol.md` §7).
public struct AttachRequest: Hashable, Sendable {
    /// The most sessions of one `initialize`, each named once, and the most that one connection watches.
    public static let listMaximum = 64

    /// The session.
    public var session: SessionID
    /// What the client holds; `nil` when it holds nothing.
    public var position: Position?
    /// When the entry at ``position`` was written. Two journals that parted can have another entry under one number
    /// and never under one number and one time, so a server that was restored from an older copy and has written since
    /// is found out (`Ledger.docc/Restored.md`).
    public var timestamp: Timestamp?
    /// How many bytes the client wants before it is current: past it the newest entries come first, and those before
    /// them when it asks (``FillRequest``). Everything comes first when `nil`.
    public var window: Int64?

    /// A session to go on with.
    public init(session: SessionID, position: Position?, timestamp: Timestamp? = nil, window: Int64? = nil) {
        self.session = session
        self.position = position
        self.timestamp = timestamp
        self.window = window
    }
}

extension AttachRequest: JSONConvertible {
    /// Reads one element of `resume`, or of the `_meta.belay` of `session/resume` with the session beside it.
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
    /// The position that `epoch` and `afterSeq` say; `nil` when either is missing.
    init?(lenient json: JSON) throws(RPCError) {
        guard let epoch: Epoch = try json.optionalIdentifier("epoch"),
            let seq = try json.optional("afterSeq", in: .position)
        else { return nil }
        self.init(epoch: epoch, seq: seq)
    }
}

/// How long the client was away, as a label (`protocol.md` §7, Tiers).
public enum Tier: String, Hashable, Sendable {
    /// Less than `[sessions] brief`.
    case brief
    /// Less than `[sessions] expire`.
    case medium
}

/// How the client is brought up to date.
public enum AttachMode: String, Hashable, Sendable {
    /// What it lacks follows.
    case delta
    /// Everything follows; its copy is replaced when it is whole.
    case snapshot
}

/// What the server answers to an attach: `session/resume`'s `_meta.belay`.
public struct AttachResult: Hashable, Sendable {
    /// The session.
    public var session: SessionID
    /// The incarnation of its journal.
    public var epoch: Epoch
    /// The last entry at the time of the answer.
    public var headSeq: Seq
    /// How the client is brought up to date.
    public var mode: AttachMode
    /// The replay begins behind this entry.
    public var afterSeq: Seq
    /// How long the client was away.
    public var tier: Tier
    /// The turn that is running.
    public var turn: TurnID?
    /// When the session expires if nobody comes back, on the server's wall clock; `nil` while it cannot.
    public var expiresAt: Timestamp?
    /// The questions that wait for an answer; they are asked behind the fence. An answer to any other comes too late.
    public var openRequests: [RequestKey]
    /// What the client lacks and is not sent now; `nil` when the replay is everything.
    public var missing: Missing?

    /// An answer.
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

/// Entries that a client lacks, and what the journal adds up to meanwhile.
public struct Missing: Hashable, Sendable {
    /// The first and the last of them; the replay begins right behind.
    public var range: ClosedRange<Seq>
    /// The projections of the whole journal.
    public var state: SessionState

    /// Entries that a client lacks.
    public init(range: ClosedRange<Seq>, state: SessionState) {
        self.range = range
        self.state = state
    }
}

extension Missing: JSONConvertible {
    /// Reads `missing`.
    public init(json: JSON) throws(RPCError) {
        let (from, to) = (try json.required("from", in: .entry), try json.required("to", in: .entry))
        guard from <= to else { throw .invalidParams("'from' and 'to' are not in order") }
        range = from...to
        state = try json.required("state", as: SessionState.self)
    }

    /// `missing`.
    public var json: JSON {
        ["from": .integer(range.lowerBound), "to": .integer(range.upperBound), "state": state.json]
    }
}

extension AttachResult: JSONConvertible {
    /// Reads an answer.
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

    /// The answer.
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

/// What became of one session of `resume`: it goes on, or the error that `session/resume` would have answered.
public enum AttachOutcome: Hashable, Sendable {
    /// It goes on.
    case attached(AttachResult)
    /// It does not.
    case refused(SessionID, RPCError)
}

extension AttachOutcome: JSONConvertible {
    /// Reads one element of `resumed`.
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

/// Why a session does not go on, and the clean one that takes its place: `data.belay` of the error of an expired
/// session.
public struct Expiry: Hashable, Sendable {
    /// When the session expired.
    public var at: Timestamp
    /// The last entry of its journal.
    public var lastSeq: Seq
    /// Until when its transcript can be read.
    public var archiveUntil: Timestamp
    /// The session that begins clean in its place.
    public var successor: Position
    /// The name of that session.
    public var successorID: SessionID

    /// An expiry.
    public init(at: Timestamp, lastSeq: Seq, archiveUntil: Timestamp, successorID: SessionID, successor: Position) {
        self.at = at
        self.lastSeq = lastSeq
        self.archiveUntil = archiveUntil
        self.successorID = successorID
        self.successor = successor
    }

    /// The error that says so.
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

    /// The expiry that an error tells of; `nil` when it tells of something else.
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
