import Platform
import Storage
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
        /// Whether only batch runs have used it.
        public var isBatch: Bool
        /// Whether it has a draft: text that was typed and not sent.
        public var hasDraft: Bool
        /// Whether its folder does not exist at its path any more.
        public var isMoved: Bool
        /// How many of its prompts wait in the outbox.
        public var waiting: Int
    }

    /// The most chats in one list; the least recently used are left out.
    public static let limit = 1_000

    /// Lists the chats of a state folder, most recent first. It creates no files where there are none.
    ///
    /// - Throws: ``StoreError`` when a database cannot be read.
    public static func read(folder: String, now: Timestamp) throws(StoreError) -> [Item] {
        guard FilesInUse(database: "\(folder)/\(SQLiteDesk.fileName)") != nil else { return [] }
        let desk = try SQLiteDesk.open(folder: folder, now: now).opened
        let mirror = try SQLiteMirror.open(folder: folder, now: now) { _ throws(StoreError) in }.opened
        return try items(of: try desk.chats(limit: limit), mirror)
    }

    /// - Parameter present: The chat that is listed even if it is empty.
    static func items(
        of chats: [ListedChat], _ mirror: SQLiteMirror, present: String? = nil
    ) throws(StoreError) -> [Item] {
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
                    title: title, usedAt: listed.usedAt, isBatch: chat.kind == .batch,
                    hasDraft: !chat.draft.isEmpty,
                    isMoved: chat.folder.map { FolderIdentity(at: chat.directory)?.description != $0 } ?? false,
                    waiting: listed.waiting))
        }
        return items
    }

    /// The title of a chat: the one that was kept, otherwise the first prompt in the mirror (chats of older versions).
    static func title(of chat: Chat, _ mirror: SQLiteMirror) throws(StoreError) -> String? {
        if let title = chat.title { return title }
        guard let session = chat.session else { return nil }
        let first = try mirror.page(of: session, at: chat.server, after: 0, limit: 1).first
        guard case .update(.userMessage(let chunk))? = first?.body else { return nil }
        return Chat.title(of: [chunk.content])
    }
}
