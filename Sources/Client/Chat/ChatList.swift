import Glibc
import Mirror
import Platform
public import Wire

/// Lists the chats that this machine knows, from its disk, without asking any server.
public enum ChatList {
    /// One chat of the list.
    public struct Item: Hashable, Sendable {
        /// The chat's key on this machine; it exists before the session does.
        public var key: String
        /// The chat's session; `nil` until the server has created it.
        public var session: SessionID?
        /// The server's address; `nil` for the private server.
        public var server: String?
        /// The chat's folder, an absolute path on the server.
        public var directory: String
        /// The beginning of the first prompt; `nil` when nothing was asked.
        public var title: String?
        /// When it was last used, in milliseconds since 1970.
        public var usedAt: Timestamp
        /// The agent's name; `nil` for a chat that began on another machine.
        public var agent: String?
        /// The agent's name, also when it is the one that the server gives to who names none.
        public var agentName: String? {
            agent ?? (key.hasPrefix(ChatFinder.foreignPrefix) ? nil : ChatFinder.defaultAgent)
        }
        /// Whether only batch runs have used it.
        public var isBatch: Bool
        /// Whether it has a draft: text that was typed and not sent.
        public var hasDraft: Bool
        /// Where its folder is.
        public var place: Place
        /// How many of its prompts wait in the outbox.
        public var waiting: Int
        /// Whether its session has expired: it can be read, and nothing can be sent.
        public var isExpired: Bool

        /// Where a chat's folder is, as far as that is known.
        public enum Place: Hashable, Sendable {
            /// At its path, or on another machine.
            case here
            /// At another path: the present folder, or that of another chat.
            case moved
            /// Its path leads to another folder now.
            case replaced
            /// Nothing is at its path.
            case gone
        }
    }

    /// The most chats in a list that is printed; the least recently used are left out.
    public static let limit = 1_000
    /// The same on the screen, where a list can be filtered.
    public static let screenLimit = 10_000

    /// Lists the chats of a state folder, most recent first. It creates no files where there are none, moves nothing
    /// away, and needs no permission to write.
    ///
    /// - Parameters:
    ///   - present: The present folder, where one that was moved may be.
    ///   - report: Called with a sentence when a part cannot be read, and the list goes on without it.
    /// - Throws: ``StoreError`` when the list cannot be read.
    public static func read(
        folder: String, present: String? = nil, report: (String) -> Void = { _ in }
    ) throws(StoreError) -> [Item] {
        guard SQLiteStateStore.exists(folder: folder) else { return [] }
        let place = try ReadingPlace(folder, [SQLiteStateStore.fileName, SQLiteMirror.fileName])
        defer { withExtendedLifetime(place) {} }
        let stateStore = try SQLiteStateStore.reading(folder: place.folder)
        var mirror: SQLiteMirror?
        do throws(StoreError) { mirror = try SQLiteMirror.reading(folder: place.folder) } catch {
            report("the titles of older chats cannot be read: \(error)")
        }
        return try items(of: try stateStore.chats(limit: limit), mirror, folders: present.map { [$0] } ?? [])
    }

    /// - Parameters:
    ///   - present: The chat that is listed even if it is empty.
    ///   - folders: Further folders where a moved one may be.
    static func items(
        of chats: [ListedChat], _ mirror: SQLiteMirror?, present: String? = nil, folders: [String] = []
    ) throws(StoreError) -> [Item] {
        let known = Set(
            Set(chats.filter { $0.chat.folder != nil }.map(\.chat.directory) + folders)
                .compactMap { FolderIdentity(at: $0)?.description })
        var items: [Item] = []
        for listed in chats {
            let chat = listed.chat
            let title = try ChatList.title(of: chat, mirror)
            // A chat without a prompt, a draft and entries is left out: there is nothing to return to.
            guard title != nil || !chat.draft.isEmpty || listed.waiting > 0 || chat.key == present else { continue }
            items.append(
                Item(
                    key: chat.key, session: chat.session,
                    server: chat.server == PrivateServer.name ? nil : chat.server, directory: chat.directory,
                    title: title, usedAt: listed.usedAt, agent: chat.agent, isBatch: chat.kind == .batch,
                    hasDraft: !chat.draft.isEmpty,
                    place: place(of: chat, known), waiting: listed.waiting, isExpired: chat.isExpired))
        }
        return items
    }

    /// - Parameter known: The identities of the folders that are there now.
    private static func place(of chat: Chat, _ known: Set<String>) -> Item.Place {
        guard let identity = chat.folder else { return .here }
        if FolderIdentity(at: chat.directory)?.description == identity { return .here }
        if known.contains(identity) { return .moved }
        // What has no identity, such as a file, is no folder of this chat's either.
        return access(chat.directory, F_OK) == 0 ? .replaced : .gone
    }

    /// The title of a chat: the one that was kept, otherwise the first prompt in the mirror (chats of older versions).
    static func title(of chat: Chat, _ mirror: SQLiteMirror?) throws(StoreError) -> String? {
        if let title = chat.title { return title }
        return try firstPrompt(of: chat, mirror)
    }

    /// The beginning of the first prompt in the mirror.
    static func firstPrompt(of chat: Chat, _ mirror: SQLiteMirror?) throws(StoreError) -> String? {
        guard let session = chat.session, let mirror else { return nil }
        let first: Entry?
        do throws(StoreError) {
            first = try mirror.page(of: session, at: chat.server, after: 0, limit: 1).first
        } catch {
            // Damage of the mirror is dealt with where the chat is opened; the list goes on without this title.
            guard error.isDamage else { throw error }
            return nil
        }
        guard case .update(.userMessage(let chunk))? = first?.body else { return nil }
        return SessionTitle.of([chunk.content])
    }
}
