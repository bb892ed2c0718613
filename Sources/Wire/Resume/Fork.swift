/// The parameters of `_belay/fork`: a new session that begins with a copy of what was said in another one.
///
/// The turns that have ended are copied, and a turn that runs is left out. The answer is that of an attach, since the
/// connection watches the new session from then on.
public struct ForkRequest: Hashable, Sendable, JSONConvertible {
    /// The longest title, in bytes.
    public static let titleBytesMaximum = 1_024

    /// The session that is copied.
    public var session: SessionID
    /// The idempotency key of the creation, as that of `session/new`: the same key returns the same session.
    public var clientSessionKey: String?
    /// The title of the new session; that of the other one when `nil`.
    public var title: String?
    /// How many bytes the client wants before it is current (``AttachRequest/window``).
    public var window: Int64?

    /// Creates the parameters.
    public init(session: SessionID, clientSessionKey: String?, title: String? = nil, window: Int64? = nil) {
        self.session = session
        self.clientSessionKey = clientSessionKey
        self.title = title
        self.window = window
    }

    /// Decodes the parameters; throws −32602, naming the field.
    public init(json: JSON) throws(RPCError) {
        self.init(
            session: try json.requiredIdentifier("sessionId"),
            clientSessionKey: try json.optionalName("clientSessionKey"), title: json["title"]?.string,
            window: try json.optional("window", in: .count))
        guard title?.utf8.count ?? 0 <= ForkRequest.titleBytesMaximum else {
            throw .invalidParams("'title' is longer than \(ForkRequest.titleBytesMaximum) bytes")
        }
    }

    /// The parameters as JSON.
    public var json: JSON {
        .object(of: [
            "sessionId": .string(session.rawValue), "clientSessionKey": clientSessionKey.map { .string($0) },
            "title": title.map { .string($0) }, "window": window.map { .integer($0) },
        ])
    }
}

/// Where a session comes from that began as a fork: the data of its `forked` entry, which stands behind what was copied.
public struct ForkOrigin: Hashable, Sendable, JSONConvertible {
    /// The session that was copied.
    public var session: SessionID
    /// The last entry that was copied; 0 when nothing had been said.
    public var seq: Seq
    /// The title of that session at the time; `nil` when it had none.
    public var title: String?
    /// Whether a turn ran or prompts waited there, which are no part of the fork.
    public var leavesTurnsOut: Bool

    /// Creates the origin of a fork.
    public init(session: SessionID, seq: Seq, title: String?, leavesTurnsOut: Bool) {
        self.session = session
        self.seq = seq
        self.title = title
        self.leavesTurnsOut = leavesTurnsOut
    }

    /// Decodes the data; throws −32602, naming the field.
    public init(json: JSON) throws(RPCError) {
        self.init(
            session: try json.requiredIdentifier("sessionId"), seq: try json.required("seq", in: .position),
            title: json["title"]?.string, leavesTurnsOut: json["leavesTurnsOut"]?.bool ?? false)
    }

    /// The data as JSON.
    public var json: JSON {
        .object(of: [
            "sessionId": .string(session.rawValue), "seq": .integer(seq), "title": title.map { .string($0) },
            "leavesTurnsOut": leavesTurnsOut ? true : nil,
        ])
    }

    /// What happened, as a sentence.
    public var sentence: String {
        let name = title.map { "“\($0)”" } ?? "session \(session)"
        return "This chat is a fork of \(name)."
            + (leavesTurnsOut ? " The turn that was running there is no part of it." : "")
    }
}
