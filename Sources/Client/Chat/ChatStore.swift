public import Mirror
import Sync
public import Wire

/// A chat on this machine's disk. It is opened before anything else, so that the first frame can be painted before the
/// network, or even a second thread, exists.
public struct ChatStore: Sendable {
    /// Which chat to open.
    public enum Selection: Hashable, Sendable {
        /// The folder's most recent chat that is not empty, otherwise an empty one; a new one if there is none.
        case last
        /// The same among the chats that were on a screen, not only in batch runs.
        case lastOfScreen
        /// A new chat, without a session until the server creates one.
        case new
        /// The chat with this session ID or key, or with the only one that begins so.
        case named(String)
        /// A new chat that begins with a copy of another one.
        indirect case fork(of: Selection, title: String? = nil)
    }

    /// The chat's row in the stateStore: key, server, folder, session and draft.
    public private(set) var chat: Chat
    /// The local copy of sessions.
    public let mirror: SQLiteMirror
    /// What exists only on this machine: chats, outbox and drafts.
    public let stateStore: SQLiteStateStore
    /// The newest entries, read at opening.
    public let firstPage: FirstPage
    /// Messages about damaged files or a moved folder, one sentence each, to be shown when the chat starts.
    public let notices: [String]

    /// The most entries that one page has by default.
    public static let pageEntries = 400
    /// About the most bytes that it has: the thread that paints reads it between a key and its frame.
    public static let pageBytes = 256 << 10

    /// The newest entries of a chat, and what the older ones amount to.
    public struct FirstPage: Hashable, Sendable {
        /// The newest entries, in order.
        public var entries: [Entry] = []
        /// Whether there are older entries in the mirror.
        public var hasMore = false
        /// The newest plan and turn, which may be older than the page, and the turn's open questions.
        public var facts = SessionState()
        /// The user's answers to questions, as far as they may not have reached the server.
        public var answers: [RequestKey: JSON] = [:]
    }

    /// Opens a chat, quarantining databases that are damaged.
    ///
    /// - Parameters:
    ///   - selection: Which chat.
    ///   - server: The server's address, or the private server's name.
    ///   - directory: The chat's folder, an absolute path on the server.
    ///   - opened: This machine's state store.
    ///   - isBatch: Whether a batch run, and not a screen, uses it.
    ///   - agent: The agent of a new chat; of the last one as well, when it is not `nil`.
    ///   - identity: The folder's identity when it is on this machine, so that a moved folder is recognised.
    ///   - now: Milliseconds since 1970.
    /// - Throws: ``StoreError`` when there is no room or the folder cannot be written, ``ClientError/noSuchChat(_:)``
    ///   when several chats begin with the name.
    public static func open(
        _ selection: Selection, server: String, directory: String, stateStore opened: ClientStateStore,
        isBatch: Bool = false, agent: String? = nil,
        identity: String? = nil, now: Timestamp
    ) throws -> ChatStore {
        let (folder, stateStore) = (opened.folder, opened.stateStore)
        var notices: [String] = []
        if let file = opened.setAside {
            notices.append("the outbox was damaged: belay set it aside as \(file), with the prompts that were not sent")
        }
        let selection = try ChatFinder.completed(selection, at: server, stateStore)
        var chat = Chat(key: "", server: server, directory: directory)
        var found: String?
        var hasSource = true
        var damaged = (prompts: 0, answers: 0)
        var first = FirstPage()
        var echoed: [ClientMessageID] = []
        // The whole first page is read here, so that damage is found while the file can still be quarantined.
        let mirror = try SQLiteMirror.open(folder: folder, now: now) { mirror throws(StoreError) in
            (first, echoed) = (FirstPage(), [])
            let finder = ChatFinder(
                stateStore: stateStore, mirror: mirror, server: server, directory: directory, identity: identity,
                agent: agent)
            (chat, found, hasSource) = try finder.find(selection, newKey: newKey(now))
            damaged = try stateStore.setAsideDamaged(of: chat.key)
            guard let session = chat.session else { return }
            (first.entries, first.hasMore) = try mirror.page(
                of: session, at: server, limit: pageEntries, bytes: pageBytes)
            first.facts = try mirror.facts(of: session, at: server)
            first.answers = try stateStore.answers(of: chat.key)
            _ = try mirror.holding(of: session, at: server)
            echoed = try mirror.echoed(try stateStore.outbox(of: chat.key).map(\.id), of: session, at: server)
        }
        guard hasSource else {
            throw ClientError.noSuchChat("there is no chat to fork here, or nothing has been asked in it yet")
        }
        if let found { notices.append(found) }
        if damaged.prompts + damaged.answers > 0 {
            notices.append(
                "damaged on the disk: \(damaged.prompts) unsent prompts and \(damaged.answers) answers of this chat; send"
                    + " them again, belay keeps what is left of them in the table “damaged” of \(folder)/desk.db")
        }
        (chat.kind, chat.folder) = (isBatch ? .batch : .screen, chat.directory == directory ? identity : nil)
        try stateStore.keep(chat, usedAt: now)
        if let file = mirror.setAside {
            notices.append("the local copy was damaged: belay set it aside as \(file) and fetches it again")
        }
        // The program may have died after an entry reached the mirror and before its prompt was removed from the
        // outbox.
        try stateStore.remove(echoed)
        return ChatStore(chat: chat, mirror: mirror.opened, stateStore: stateStore, firstPage: first, notices: notices)
    }

    private static func newKey(_ now: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        return UUIDv7.make(now: now, using: &generator)
    }

    /// A page of entries: the newest, or those just before a sequence number. It ends at a gap of the mirror.
    public func page(
        of session: SessionID? = nil, before: Seq? = nil, limit: Int = pageEntries, bytes: Int = pageBytes
    ) throws(StoreError) -> (entries: [Entry], hasMore: Bool) {
        guard let session = session ?? chat.session else { return ([], false) }
        return try mirror.page(of: session, at: chat.server, before: before, limit: limit, bytes: bytes)
    }

    /// The chat's session; `nil` until the server has created it.
    public var session: SessionID? { chat.session }

    /// The chat's folder, an absolute path on the server.
    public var directory: String { chat.directory }

    /// The text that was typed and not sent; empty when there is none.
    public var draft: String { chat.draft }

    /// The chats of the same server, most recent first.
    public func others() throws(StoreError) -> [ChatList.Item] {
        try ChatList.items(of: try stateStore.chats(at: chat.server, limit: ChatList.limit), mirror, present: chat.key)
    }

    /// The last chats of the same server other than this one and not empty, most recent first.
    ///
    /// - Parameter count: How many at most; not many more than these are read, however many there are.
    public func recent(_ count: Int) throws(StoreError) -> [ChatList.Item] {
        let listed = try stateStore.chats(at: chat.server, limit: 4 * count + 1).filter { $0.chat.key != chat.key }
        return Array(try ChatList.items(of: listed, mirror).prefix(count))
    }

    /// Whether nothing was said in it yet, as far as this machine knows: a session of another machine may be long.
    public var isEmpty: Bool {
        firstPage.entries.isEmpty && chat.forkOf == nil && !chat.key.hasPrefix(ChatFinder.foreignPrefix)
    }

    /// What was sent last from this machine's screens, newest first: in this chat, and in all.
    public func prompts() throws(StoreError) -> (ofChat: [String], everywhere: [String]) {
        (
            try stateStore.prompts(of: chat.key, limit: ChatStore.promptsListed),
            try stateStore.prompts(limit: ChatStore.promptsListed)
        )
    }

    /// The most earlier prompts that are listed.
    private static let promptsListed = 1_000

    /// Forgets a chat whose session was named and is unknown to the server, unless there are entries of it.
    ///
    /// - Returns: The text of its prompts, which were not sent; `nil` when the chat is kept.
    public func forget() throws(StoreError) -> [String]? {
        guard chat.key.hasPrefix(ChatFinder.foreignPrefix), let session = chat.session,
            try mirror.holding(of: session, at: chat.server) == nil
        else { return nil }
        let prompts = try stateStore.outbox(of: chat.key).map { $0.content.compactMap(\.text).joined(separator: "\n") }
        try stateStore.forget(chat.key)
        return prompts
    }

    /// The chat as it stands in the list, read from the disk; `nil` when it is empty, so that there is nothing to
    /// return to.
    public func listed() throws(StoreError) -> ChatList.Item? {
        guard let listed = try stateStore.listedChat(chat.key) else { return nil }
        return try ChatList.items(of: [listed], mirror).first
    }

    /// Whether the session has expired: its transcript can be read, and nothing can be sent.
    public var isExpired: Bool { chat.isExpired }

    /// The chat's key on this machine.
    public var key: String { chat.key }

    /// The name of the chat's agent; `nil` for a chat that began on another machine.
    public var agent: String? {
        chat.agent ?? (chat.key.hasPrefix(ChatFinder.foreignPrefix) ? nil : ChatFinder.defaultAgent)
    }

    /// How long a user is new, in milliseconds.
    private static let newDuration: Timestamp = 7 * 86_400_000

    /// Whether the user is new here: no chat on this machine is older than a week.
    public func isNewUser(now: Timestamp) -> Bool {
        guard let first = (try? stateStore.firstUse()) ?? nil else { return true }
        return now - first < ChatStore.newDuration
    }

    /// A page of the entries just after a sequence number.
    public func page(after: Seq, limit: Int = pageEntries, bytes: Int = pageBytes) throws(StoreError) -> [Entry] {
        guard let session = chat.session else { return [] }
        return try mirror.page(of: session, at: chat.server, after: after, limit: limit, bytes: bytes)
    }

    /// The newest plan and turn of the mirror, and the turn's open questions.
    public func facts() throws(StoreError) -> SessionState {
        guard let session = chat.session else { return SessionState() }
        return try mirror.facts(of: session, at: chat.server)
    }

    /// The user's answers to questions, as far as they may not have reached the server.
    public func answers() throws(StoreError) -> [RequestKey: JSON] { try stateStore.answers(of: chat.key) }

    /// The same chat with another session: the one that the server created, or the successor of an expired one.
    public func moved(to session: SessionID) -> ChatStore {
        var moved = self
        moved.chat.session = session
        return moved
    }
}
