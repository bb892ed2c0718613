import Mirror
import Platform
import Wire

/// Finds the chat to open: by its session, or by its folder's path and identity.
struct ChatFinder {
    let stateStore: SQLiteStateStore
    let mirror: SQLiteMirror
    let server: String
    /// The present folder, an absolute path on the server.
    let directory: String
    /// The identity of the present folder (``FolderIdentity``); `nil` for a folder of another machine.
    let identity: String?
    /// The agent of a new chat, and of the last one; any when `nil`.
    let agent: String?

    /// How the key of a chat begins whose session was named and is not of this machine.
    static let foreignPrefix = "session:"

    /// The agent that a server gives to who names none.
    static let defaultAgent = "librarian"

    /// The most chats of one folder that are looked at.
    private static let chatsMaximum = 256

    /// The chat for a selection, and a notice about chats of a folder that was moved.
    ///
    /// - Parameter newKey: The key of a new chat.
    /// - Returns: The chat, the notice, and whether there is a session to copy if it is a fork.
    func find(
        _ selection: ChatStore.Selection, newKey: String
    ) throws(StoreError) -> (chat: Chat, notice: String?, hasSource: Bool) {
        guard case .fork(let source, let title) = selection else {
            let found = try findOne(selection, newKey: newKey)
            return (found.chat, found.notice, true)
        }
        let (chat, notice) = try findOne(source, newKey: newKey)
        var fork = Chat(key: newKey, server: server, directory: chat.directory, agent: chat.agent, forkOf: chat.session)
        fork.title = title.flatMap { SessionTitle.of($0) }
        if fork.title == nil {
            fork.title = try ChatList.title(of: chat, mirror).map { SessionTitle.ofFork(of: $0) }
        }
        fork.isNamed = fork.title != nil
        return (fork, notice, chat.session != nil)
    }

    private func findOne(
        _ selection: ChatStore.Selection, newKey: String
    ) throws(StoreError) -> (chat: Chat, notice: String?) {
        let new = Chat(key: newKey, server: server, directory: directory, agent: agent)
        switch selection {
        case .named(let name): return (try named(name), nil)
        case .new: return (new, nil)
        case .fork(let source, _): return try findOne(source, newKey: newKey)
        case .last: return try last(nil, new)
        case .lastOfScreen: return try last(.screen, new)
        }
    }

    /// The shortest prefix of a session or key that stands for the whole.
    static let prefixMinimum = 4

    /// The selection with the key of the only chat whose session or key begins with the given name.
    ///
    /// - Throws: ``ClientError/noSuchChat(_:)`` when several begin with it.
    static func completed(
        _ selection: ChatStore.Selection, at server: String, _ stateStore: SQLiteStateStore
    ) throws -> ChatStore.Selection {
        if case .fork(let source, let title) = selection {
            return .fork(of: try completed(source, at: server, stateStore), title: title)
        }
        guard case .named(let name) = selection, try stateStore.chat(at: server, named: name) == nil,
            name.utf8.count >= prefixMinimum
        else { return selection }
        let keys = try stateStore.keys(at: server, beginning: name, limit: 2)
        guard keys.count <= 1 else {
            throw ClientError.noSuchChat("more than one session begins with '\(name)': give more of it")
        }
        return keys.first.map { .named($0) } ?? selection
    }

    private func named(_ name: String) throws(StoreError) -> Chat {
        guard let chat = try stateStore.chat(at: server, named: name) else {
            // A session of another machine is not in the state store yet; the server will tell whether it exists.
            let key = ChatFinder.foreignPrefix + name
            return Chat(key: key, server: server, directory: directory, session: SessionID(name))
        }
        if let identity, chat.folder == identity, chat.directory != directory {
            try stateStore.markFound(at: server, folder: identity)
        }
        return chat
    }

    /// The last chat of the present folder. An empty chat is the last one only if there is no other: every start makes
    /// one in a folder without chats, and nobody returns to it.
    private func last(_ kind: Chat.Kind?, _ new: Chat) throws(StoreError) -> (chat: Chat, notice: String?) {
        var here = try stateStore.chats(at: server, directory: directory, kind: kind, limit: ChatFinder.chatsMaximum)
        var moved: ListedChat?
        if let identity {
            let others = try stateStore.movedChats(
                at: server, folder: identity, directory: directory, limit: ChatFinder.chatsMaximum)
            for other in others {
                let path = other.chat.directory
                if FolderIdentity.isOneFolder(path, directory) {
                    // Another path of the present folder, such as a symbolic link.
                    if kind == nil || kind == other.chat.kind { here.append(other) }
                } else if moved == nil, FolderIdentity(at: path)?.description != identity, try !isEmpty(other) {
                    moved = other
                }
            }
        }
        if let agent { here.removeAll { ($0.chat.agent ?? Self.defaultAgent) != agent } }
        here.sort { ($0.usedAt, $0.chat.key) > ($1.usedAt, $1.chat.key) }
        if moved != nil {
            // The present folder is known by its identity: chats of the one that had this path before are not its own.
            here.removeAll { $0.chat.folder.map { $0 != identity } ?? false }
        }
        for chat in here where try !isEmpty(chat) { return (chat.chat, nil) }
        return (here.first?.chat ?? new, try moved.map { chat throws(StoreError) in try notice(about: chat.chat) })
    }

    /// Whether a chat has neither a title nor a draft, prompts or entries.
    private func isEmpty(_ listed: ListedChat) throws(StoreError) -> Bool {
        let chat = listed.chat
        guard chat.title == nil, chat.draft.isEmpty, listed.waiting == 0 else { return false }
        guard let session = chat.session else { return true }
        return try mirror.page(of: session, at: server, limit: 1).entries.isEmpty
    }

    private func notice(about chat: Chat) throws(StoreError) -> String {
        let title = try ChatList.title(of: chat, mirror).map { ", the last of them “\($0)”" } ?? ""
        return "this folder was \(chat.directory) when it was last used, and has chats under that name\(title):"
            + " `belay sessions` or /sessions lists them"
    }
}
