/// An identifier that one side creates and that is opaque to the other (`protocol.md` §2). The phantom type `Kind`
/// keeps identifiers of different kinds apart.
public struct Identifier<Kind>: RawRepresentable, Hashable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The identifier as it is sent, a ``Name``.
    public let rawValue: String

    /// Wraps a text that was created here or checked before, without checking it.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Wraps a text that was created here or checked before, without checking it.
    public init(_ name: String) { rawValue = name }

    /// Checks a text from a peer or a user; `nil` when it is no ``Name``.
    public init?(checking name: String) {
        guard Name.isValid(name) else { return nil }
        rawValue = name
    }

    /// Wraps a literal, for tests and constants.
    public init(stringLiteral value: String) { rawValue = value }

    /// The raw value.
    public var description: String { rawValue }
}

extension Identifier: Comparable {
    /// Whether the identifiers have the same bytes.
    ///
    /// `String` compares by canonical equivalence. To the database two spellings of an accented letter are two keys,
    /// and what is stored under one must not be found under the other.
    public static func == (left: Self, right: Self) -> Bool { left.rawValue.hasSameBytes(as: right.rawValue) }

    /// Orders by bytes, which is the order of creation for UUIDv7.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }
}

/// Phantom types of ``Identifier``.
public enum Kind {
    /// The kind of ``SessionID``.
    public enum Session {}
    /// The kind of ``Epoch``, an incarnation of a journal.
    public enum Epoch {}
    /// The kind of ``TurnID``, unique within the server.
    public enum Turn {}
    /// The kind of ``ClientID``, unique per installation and instance.
    public enum Client {}
    /// The kind of ``ClientMessageID``, the idempotency key.
    public enum ClientMessage {}
    /// The kind of ``MessageID``, ACP's `messageId`.
    public enum Message {}
    /// The kind of ``ToolCallID``, ACP's `toolCallId`.
    public enum ToolCall {}
    /// The kind of ``RequestKey``, which is not a JSON-RPC id.
    public enum Question {}
    /// The kind of ``AgentSessionID``, which is not a ``SessionID``.
    public enum AgentSession {}
}

/// A session; minted by the server.
public typealias SessionID = Identifier<Kind.Session>
/// One incarnation of a session's journal; changes only when the journal was lost, truncated or restored.
public typealias Epoch = Identifier<Kind.Epoch>
/// One prompt turn; minted by the server.
public typealias TurnID = Identifier<Kind.Turn>
/// One installation of a client, or one instance of it: clients that run side by side each take a numbered instance
/// with an identifier of its own. Minted by the client.
public typealias ClientID = Identifier<Kind.Client>
/// A prompt's idempotency key; minted by the client and on its disk before the first send.
public typealias ClientMessageID = Identifier<Kind.ClientMessage>
/// A message of the conversation; minted by the agent, else by the server.
public typealias MessageID = Identifier<Kind.Message>
/// A tool call; minted by the agent.
public typealias ToolCallID = Identifier<Kind.ToolCall>
/// A question that an agent asks its user; the same however often and on however many connections it is asked.
public typealias RequestKey = Identifier<Kind.Question>
/// The agent's own name for its side of a session; minted by the agent, and another one when it starts over.
public typealias AgentSessionID = Identifier<Kind.AgentSession>

/// The sequence number of an entry: 1, 2, 3 … without gaps, never reused within an epoch; 0 is before the first entry.
public typealias Seq = Int64

/// Milliseconds since 1970, by the clock of the server that wrote them.
public typealias Timestamp = Int64
