import Platform
import Storage
public import Wire

/// The chats that this machine knows, whether or not their servers are there.
public enum ChatList {
    /// A chat in the list.
    public struct Item: Hashable, Sendable {
        /// This machine's name for it.
        public var key: String
        /// Its session; `nil` until the server has made it.
        public var session: SessionID?
        /// Its server's address; `nil` for the private server.
        public var server: String?
        /// Its folder, an absolute path at the server.
        public var directory: String
        /// The beginning of its first prompt; `nil` when nothing was asked.
        public var title: String?
        /// When it was last used, in milliseconds since 1970.
        public var usedAt: Timestamp
        /// Whether only batch runs have used it.
        public var isBatch: Bool
        /// Whether something was typed in it and not sent.
        public var hasDraft: Bool
        /// Whether its folder is not at its path any more.
        public var isMoved: Bool
        /// How many of its prompts wait in the outbox.
        public var waiting: Int
    }

    /// The most chats in one list; the oldest are left out.
    public static let limit = 1_000

    /// The chats of a folder of the client's, the one used last first. Nothing is made where nothing is.
    ///
    /// - Throws: ``StoreError`` when the disk cannot be read.
    public static func read(folder: String, now: Timestamp) throws(StoreError) -> [Item] {
        guard FilesInUse(database: "\(folder)/\(SQLiteDesk.fileName)") != nil else { return [] }
        let desk = try SQLiteDesk.open(folder: folder, now: now).opened
        let mirror = try SQLiteMirror.open(folder: folder, now: now) { _ throws(StoreError) in }.opened
        return try items(of: try desk.chats(limit: limit), mirror)
    }

    /// - Parameter present: The chat that is listed, whatever it holds.
    static func items(
        of chats: [ListedChat], _ mirror: SQLiteMirror, present: String? = nil
    ) throws(StoreError) -> [Item] {
        var items: [Item] = []
        for listed in chats {
            let chat = listed.chat
            let title = try ChatList.title(of: chat, mirror)
            // A chat in which nothing was asked, typed or fetched is nothing to go back to.
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

    /// What a chat is called; one that was begun before titles were kept, or on another machine, by what the copy holds.
    static func title(of chat: Chat, _ mirror: SQLiteMirror) throws(StoreError) -> String? {
        if let title = chat.title { return title }
        guard let session = chat.session else { return nil }
        let first = try mirror.page(of: session, at: chat.server, after: 0, limit: 1).first
        guard case .update(.userMessage(let chunk))? = first?.body else { return nil }
        return Chat.title(of: [chunk.content])
    }
}
