/// A name minted by one side and opaque to the other (`protocol.md` §2). The kind keeps a session's name from being
/// used as a message's.
public struct Identifier<Kind>: RawRepresentable, Hashable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The name as it goes on the wire.
    public let rawValue: String

    /// The identifier of that name, which was minted here or has been checked before.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The identifier of that name, which was minted here or has been checked before.
    public init(_ name: String) { rawValue = name }

    /// The identifier of a name that a peer or a user gives; `nil` when it is none (``Name``).
    public init?(checking name: String) {
        guard Name.isValid(name) else { return nil }
        rawValue = name
    }

    /// The identifier of that name.
    public init(stringLiteral value: String) { rawValue = value }

    /// The name.
    public var description: String { rawValue }
}

extension Identifier: Comparable {
    /// Whether the names have the same bytes.
    ///
    /// `String` also takes two spellings of one accented letter for equal. To the database they are two names, and
    /// what is stored under one must not be found under the other.
    public static func == (left: Self, right: Self) -> Bool { left.rawValue.utf8.elementsEqual(right.rawValue.utf8) }

    /// Orders by the bytes of the names; UUIDv7 names are then in order of time.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }
}

/// Kinds of ``Identifier``.
public enum Kind {
    /// See ``SessionID``.
    public enum Session {}
    /// See ``Epoch``.
    public enum Epoch {}
    /// See ``TurnID``.
    public enum Turn {}
    /// See ``ClientID``.
    public enum Client {}
    /// See ``ClientMessageID``.
    public enum ClientMessage {}
    /// See ``MessageID``.
    public enum Message {}
    /// See ``ToolCallID``.
    public enum ToolCall {}
    /// See ``RequestKey``.
    public enum Question {}
}

/// A session; minted by the server.
public typealias SessionID = Identifier<Kind.Session>
/// One incarnation of a session's journal; changes only when the journal was lost, cut or restored.
public typealias Epoch = Identifier<Kind.Epoch>
/// One prompt turn; minted by the server.
public typealias TurnID = Identifier<Kind.Turn>
/// One installation of a client (one seat of it, when several run side by side); minted by the client.
public typealias ClientID = Identifier<Kind.Client>
/// A prompt's idempotency key; minted by the client and on its disk before the first send.
public typealias ClientMessageID = Identifier<Kind.ClientMessage>
/// A message of the conversation; minted by the agent, else by the server.
public typealias MessageID = Identifier<Kind.Message>
/// A tool call; minted by the agent.
public typealias ToolCallID = Identifier<Kind.ToolCall>
/// A question that an agent asks its user; the same however often and on however many connections it is asked.
public typealias RequestKey = Identifier<Kind.Question>

/// A place in a session's journal: dense, 1, 2, 3 …, never reused within an epoch; 0 stands before the first entry.
public typealias Seq = Int64

/// Milliseconds since 1970, by the clock of the server that wrote them.
public typealias Timestamp = Int64
