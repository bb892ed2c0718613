public import Storage
import Sync
public import Wire

/// A chat as it lies on this machine's disk: opened before anything else, so that it can be painted before the
/// network, or even a thread, is there.
public struct ChatStore: Sendable {
    /// Which chat is wanted.
    public enum Selection: Hashable, Sendable {
        /// The one of the folder that was used last; a new one if there is none.
        case last
        /// The one of the folder that was used last on a screen; a new one if there is none.
        case lastOfScreen
        /// A new one.
        case new
        /// This session.
        case named(String)
    }

    /// The chat.
    public private(set) var chat: Chat
    /// The copy of its session.
    public let mirror: SQLiteMirror
    /// What only this machine knows.
    public let desk: SQLiteDesk
    /// What is painted before anything else is known.
    public let firstPage: FirstPage
    /// What the user has to be told about the files, one sentence each.
    public let notices: [String]

    /// Entries that are read at once.
    public static let pageEntries = 400

    /// The newest entries of a chat, and what may be older than they are.
    public struct FirstPage: Hashable, Sendable {
        /// The newest entries, in order.
        public var entries: [Entry] = []
        /// Whether there are older ones.
        public var hasMore = false
        /// The newest plan.
        public var plan: [PlanEntry] = []
        /// The newest turn.
        public var turn: SessionState.Turn?
    }

    /// Opens a chat.
    ///
    /// - Parameters:
    ///   - selection: Which one.
    ///   - server: Its server's address.
    ///   - directory: Its folder, an absolute path.
    ///   - desk: What this machine knows.
    ///   - isBatch: Whether a batch run uses it, and no screen.
    ///   - identity: What the folder is, when it is one of this machine.
    ///   - now: Milliseconds since 1970.
    /// - Throws: ``StoreError`` when there is no room or the folder cannot be written.
    public static func open(
        _ selection: Selection, server: String, directory: String, desk: ClientDesk, isBatch: Bool = false,
        identity: String? = nil, now: Timestamp
    ) throws -> ChatStore {
        let (folder, deskFile) = (desk.folder, desk.desk)
        var notices: [String] = []
        if let file = desk.setAside {
            notices.append("the outbox was damaged; it is now \(file), and prompts that were not sent are in there")
        }
        var chat: Chat
        switch selection {
        case .named(let name):
            // A session of another machine is not known here yet; the server will say whether it exists.
            chat =
                try deskFile.chat(at: server, named: name)
                ?? Chat(key: "session:\(name)", server: server, directory: directory, session: SessionID(name))
        case .last, .lastOfScreen:
            if let last = try deskFile.lastChat(
                at: server, directory: directory, kind: selection == .last ? nil : .screen)
            {
                chat = last
                break
            }
            chat = Chat(key: newKey(now), server: server, directory: directory)
            if let identity, let moved = try deskFile.movedChat(at: server, folder: identity, directory: directory) {
                let title = moved.title.map { ", the last of them “\($0)”" } ?? ""
                notices.append(
                    "this folder was \(moved.directory) when it was last used, and has chats under that name\(title):"
                        + " `belay sessions` and /sessions list them")
            }
        case .new: chat = Chat(key: newKey(now), server: server, directory: directory)
        }
        (chat.kind, chat.folder) = (isBatch ? .batch : .screen, chat.directory == directory ? identity : nil)
        try deskFile.keep(chat, usedAt: now)
        let waiting = try deskFile.outbox(of: chat.key).map(\.id)
        var first = FirstPage()
        var echoed: [ClientMessageID] = []
        // All that a start needs of the mirror is read here: where damage is found, the file is set aside.
        let mirror = try SQLiteMirror.open(folder: folder, now: now) { mirror throws(StoreError) in
            (first, echoed) = (FirstPage(), [])
            guard let session = chat.session else { return }
            (first.entries, first.hasMore) = try mirror.page(of: session, at: server, limit: pageEntries)
            (first.plan, first.turn) = try mirror.facts(of: session, at: server)
            _ = try mirror.holding(of: session, at: server)
            echoed = try mirror.echoed(waiting, of: session, at: server)
        }
        if let file = mirror.setAside {
            notices.append("the local copy was damaged; it is now \(file), and everything is fetched again")
        }
        // A prompt whose entry reached the mirror just before the program died is not in the outbox any more.
        try deskFile.remove(echoed)
        return ChatStore(chat: chat, mirror: mirror.opened, desk: deskFile, firstPage: first, notices: notices)
    }

    private static func newKey(_ now: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        return UUIDv7.make(now: now, using: &generator)
    }

    /// The newest entries, or those before a place.
    public func page(
        of session: SessionID? = nil, before: Seq? = nil, limit: Int = pageEntries
    ) throws(StoreError) -> (entries: [Entry], hasMore: Bool) {
        guard let session = session ?? chat.session else { return ([], false) }
        return try mirror.page(of: session, at: chat.server, before: before, limit: limit)
    }

    /// The session, once there is one.
    public var session: SessionID? { chat.session }

    /// The folder, an absolute path.
    public var directory: String { chat.directory }

    /// What was typed and not sent.
    public var draft: String { chat.draft }

    /// What it is called: the beginning of its first prompt, also when it was asked a moment ago.
    public func title() throws(StoreError) -> String? {
        try ChatList.title(of: try desk.chat(at: chat.server, named: chat.key) ?? chat, mirror)
    }

    /// The chats at its server, the one used last first.
    public func others() throws(StoreError) -> [ChatList.Item] {
        try ChatList.items(of: try desk.chats(at: chat.server, limit: ChatList.limit), mirror, present: chat.key)
    }

    /// This machine's name for it.
    public var key: String { chat.key }

    /// The oldest entries behind a place.
    public func page(after: Seq, limit: Int = pageEntries) throws(StoreError) -> [Entry] {
        guard let session = chat.session else { return [] }
        return try mirror.page(of: session, at: chat.server, after: after, limit: limit)
    }

    /// The newest plan and turn.
    public func facts() throws(StoreError) -> (plan: [PlanEntry], turn: SessionState.Turn?) {
        guard let session = chat.session else { return ([], nil) }
        return try mirror.facts(of: session, at: chat.server)
    }

    /// The same chat as another session: the server made one, or one in the place of an expired one.
    public func moved(to session: SessionID) -> ChatStore {
        var moved = self
        moved.chat.session = session
        return moved
    }
}
