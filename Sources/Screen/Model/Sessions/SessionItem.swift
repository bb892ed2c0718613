public import Wire

/// A chat in the list that ``Command/listSessions`` asks for.
public struct SessionItem: Hashable, Sendable {
    /// The chat's key, the argument of ``Command/openSession(_:)``.
    public var key: String
    /// The session; `nil` until the server has created it.
    public var session: SessionID?
    /// The title; `nil` when nothing was asked.
    public let title: String?
    /// The chat's folder, a path on the server.
    public let folder: String
    /// The agent's name; empty when it is unknown.
    public let agent: String
    /// The server, when it is another one than that of the chat on the screen.
    public let server: String?
    /// When it was last used.
    public var usedAt: Timestamp
    /// Whether it is the chat on the screen.
    public var isCurrent: Bool
    /// Whether its session has expired: it can be read.
    public var isExpired: Bool
    /// How many of its prompts wait in the outbox.
    public var waiting: Int

    /// What the chat is found by.
    let folded: FoldedText

    /// What stands for the title where nothing was asked.
    public static let untitled = "(nothing asked yet)"

    /// The title, or what stands for it.
    var name: String { title ?? SessionItem.untitled }

    /// Creates an item, of texts that can be painted; its key and its session are not shown.
    public init(
        key: String, session: SessionID? = nil, title: String?, folder: String, agent: String = "",
        server: String? = nil, usedAt: Timestamp, isCurrent: Bool, isExpired: Bool = false, waiting: Int
    ) {
        self.key = key
        self.session = session
        (self.title, self.folder, self.agent, self.server) = (title?.label, folder.label, agent.label, server?.label)
        folded = FoldedText("\(self.title ?? "") \(self.folder) \(self.agent) \(self.server ?? "")")
        self.usedAt = usedAt
        self.isCurrent = isCurrent
        self.isExpired = isExpired
        self.waiting = waiting
    }
}

/// What the server says of another session.
public struct SessionNews: Hashable, Sendable {
    /// Whether it has entries that are not on this machine.
    public var isUnread: Bool
    /// Whether a turn runs in it.
    public var isWorking: Bool
    /// How many questions of its agent wait.
    public var questions: Int64
    /// Since when the turn runs; `nil` when none does, or the server does not say.
    public var since: Timestamp?
    /// How many turns have ended in it since the user looked, as far as this client was told.
    var answers = 0

    /// Creates the news of a session.
    public init(isUnread: Bool, isWorking: Bool, questions: Int64, since: Timestamp? = nil) {
        (self.isUnread, self.isWorking, self.questions, self.since) = (isUnread, isWorking, questions, since)
    }

    /// What stays true without a connection: what is unread or was asked is so still, and what runs is not known.
    var asLastHeard: SessionNews {
        var news = self
        (news.isWorking, news.since) = (false, nil)
        return news
    }

    /// The news behind earlier ones: what has ended meanwhile is counted.
    func following(_ earlier: SessionNews?) -> SessionNews {
        var news = self
        guard isUnread else { return news }
        let ended = earlier?.isWorking == true && !isWorking ? 1 : 0
        news.answers = max((earlier?.answers ?? 0) + ended, isWorking ? 0 : 1)
        return news
    }
}

/// What was said last in a chat, for the list of chats.
public struct SessionPreview: Hashable, Sendable {
    /// The chat.
    public var key: String
    /// The last messages, oldest first.
    public var said: [Said]

    /// A message.
    public struct Said: Hashable, Sendable {
        /// Whether the user said it, and not the agent.
        public var isUsers: Bool
        /// Its text, or the beginning of it.
        public var text: String

        /// Creates a message.
        public init(isUsers: Bool, text: String) { (self.isUsers, self.text) = (isUsers, text) }
    }

    /// Creates a preview.
    public init(key: String, said: [Said]) { (self.key, self.said) = (key, said) }
}
