import Mirror
import Sync
public import Wire

/// What is done with chats in a list, on this machine's disk.
extension ChatStore {
    /// Another chat, as it is on the disk: of any server by its key, of this one also by its session; `nil` when there is
    /// none.
    public func other(_ key: String) throws(StoreError) -> ChatStore? {
        var found = try stateStore.chat(at: chat.server, named: key)
        if found == nil { found = try stateStore.listedChat(key)?.chat }
        guard let chat = found else { return nil }
        return ChatStore(
            chat: chat, mirror: mirror, stateStore: stateStore, firstPage: FirstPage(), notices: [])
    }

    /// A chat of this machine, of whichever server, by its session or key or the beginning of either.
    ///
    /// - Parameters:
    ///   - folder: The client's state folder.
    ///   - now: Milliseconds since 1970.
    /// - Throws: ``ClientError/noSuchChat(_:)`` when there is none or more than one, ``StoreError`` when the disk cannot
    ///   be read.
    public static func named(_ name: String, folder: String, now: Timestamp) throws -> ChatStore {
        guard SQLiteStateStore.exists(folder: folder) else { throw ClientError.noSuchChat("there are no chats yet") }
        let stateStore = try SQLiteStateStore.reading(folder: folder)
        let chats = try stateStore.chats(limit: ChatList.limit).map(\.chat)
        let exact = chats.filter { $0.key == name || $0.session?.rawValue == name }
        let matching =
            name.utf8.count < ChatFinder.prefixMinimum || !exact.isEmpty
            ? exact : chats.filter { $0.key.hasPrefix(name) || $0.session?.rawValue.hasPrefix(name) ?? false }
        guard let chat = matching.first, matching.count == 1 else {
            throw ClientError.noSuchChat(
                matching.isEmpty
                    ? "there is no chat '\(name)': `belay sessions` lists them"
                    : "more than one session begins with '\(name)': give more of it")
        }
        let mirror = try SQLiteMirror.open(folder: folder, now: now).opened
        return ChatStore(chat: chat, mirror: mirror, stateStore: stateStore, firstPage: FirstPage(), notices: [])
    }

    /// What the chat is called, by the user, its agent or its first prompt; `nil` until something was asked.
    public var title: String? { (try? ChatList.title(of: chat, mirror)) ?? nil }

    /// The title of the chat that this one is to be a copy of, until the server has made it; `nil` for every other chat.
    public var copied: String? {
        guard let source = chat.forkOf, chat.session == nil else { return nil }
        let found = try? stateStore.chat(at: chat.server, named: source.rawValue)
        return found.flatMap { try? ChatList.title(of: $0, mirror) } ?? source.rawValue
    }

    /// The chats of this machine at all servers, most recent first.
    ///
    /// - Parameter limit: How many at most.
    public func everywhere(limit: Int = ChatList.limit) throws(StoreError) -> [ChatList.Item] {
        try ChatList.items(of: try stateStore.chats(limit: limit), mirror, present: chat.key)
    }

    /// The server of this chat as it stands in the list: `nil` for the private one.
    public var listedServer: String? { chat.server == PrivateServer.name ? nil : chat.server }

    /// Gives the chat a title of the user's own; an empty one is the beginning of the first prompt again.
    public func rename(_ title: String) throws(StoreError) {
        let title = SessionTitle.of(title)
        if let title { return try stateStore.rename(chat.key, to: title, isNamed: true) }
        try stateStore.rename(chat.key, to: try ChatList.firstPrompt(of: chat, mirror), isNamed: false)
    }

    /// Gives the chat the title that its agent gave the session, unless it has one of the user's own; an empty one is the
    /// beginning of the first prompt again.
    func entitle(_ title: String, in session: SessionID) throws(StoreError) {
        let title = title.isEmpty ? try ChatList.firstPrompt(of: moved(to: session).chat, mirror) : title
        try stateStore.entitle(chat.key, title)
    }

    /// Writes what is typed, and returns when the disk has it.
    public func saveDraft(_ text: String) throws(StoreError) { try stateStore.saveDraft(text, of: chat.key) }

    /// Forgets the chat: its row, what waits in it, and its copy.
    public func forgetAll() throws(StoreError) {
        if let session = chat.session { try mirror.forget(session, at: chat.server) }
        try stateStore.forget(chat.key)
    }

    /// The last things that were said, oldest first, each as one piece of text.
    ///
    /// - Parameter count: How many at most.
    public func lastSaid(_ count: Int) throws(StoreError) -> [(isUsers: Bool, text: String)] {
        guard let session = chat.session else { return [] }
        var said: [(isUsers: Bool, id: MessageID?, text: String)] = []
        for entry in try mirror.lastMessages(of: session, at: chat.server, bytes: ChatStore.pageBytes) {
            guard case .update(let update) = entry.body, let (name, chunk) = update.chunk, let text = chunk.content.text
            else { continue }
            let isUsers = name == "user_message_chunk"
            if let last = said.last, last.isUsers == isUsers, last.id == chunk.messageID {
                said[said.count - 1].text += text
            } else {
                said.append((isUsers, chunk.messageID, text))
            }
        }
        return said.suffix(count).map { ($0.isUsers, $0.text) }
    }

    /// The server of a chat of this machine, by the chat's key; `nil` when there is none.
    public func server(ofChat key: String) throws(StoreError) -> String? {
        try stateStore.listedChat(key)?.chat.server
    }

    /// The chat in which an expired one continues; `nil` for one that has not expired, or when that is not known here.
    public func next() throws(StoreError) -> ChatList.Item? {
        guard let successor = chat.successor else { return nil }
        return try item(try stateStore.chat(at: chat.server, named: successor.rawValue))
    }

    /// The expired chat that continues in this one.
    public func previous() throws(StoreError) -> ChatList.Item? {
        guard let session = chat.session else { return nil }
        return try item(try stateStore.predecessor(of: session, at: chat.server))
    }

    private func item(_ chat: Chat?) throws(StoreError) -> ChatList.Item? {
        guard let chat, let listed = try stateStore.listedChat(chat.key) else { return nil }
        return try ChatList.items(of: [listed], mirror, present: chat.key).first
    }

    /// How far the mirror's copy of the session is; `nil` when there is none.
    public func position() throws(StoreError) -> Position? {
        guard let session = chat.session else { return nil }
        return try mirror.holding(of: session, at: chat.server)?.position
    }

    /// How far each session of this server is in the mirror.
    public func cursors() throws(StoreError) -> [SessionID: Seq] { try mirror.cursors(at: chat.server) }
}
