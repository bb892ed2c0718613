public import Wire

/// A message with the words that were looked for.
public struct FoundText: Hashable, Sendable {
    /// The chat's key; `nil` when it is not in this machine's list any more, so that it cannot be opened.
    public var key: String?
    /// Whether it is the chat on the screen.
    public var isHere: Bool
    /// The chat's title.
    public var title: String
    /// The server, when it is another one than that of the screen: its chats cannot be opened here.
    public var server: String?
    /// The entry with which the message begins, or the part of it.
    public var seq: Seq
    /// When it was said.
    public var timestamp: Timestamp
    /// Whether the user said it, and not the agent.
    public var isUsers: Bool
    /// The text around the first word.
    public var text: String

    /// Creates an item of what was found.
    public init(
        key: String?, isHere: Bool, title: String, server: String? = nil, seq: Seq, timestamp: Timestamp, isUsers: Bool,
        text: String
    ) {
        self.key = key
        self.isHere = isHere
        self.title = title
        self.server = server
        self.seq = seq
        self.timestamp = timestamp
        self.isUsers = isUsers
        self.text = text
    }
}
