import Mirror
import NIOPosix
import Platform
import Synchronization
public import Wire

/// Searches what was said in all chats, beside the thread that paints: the index is brought up to date first, and what is
/// found meanwhile is reported as it grows.
public final class ChatSearch: Sendable {
    /// What is looked for.
    public struct Query: Hashable, Sendable {
        /// The words.
        public var words: String
        /// Whether in the chat on the screen only.
        public var isHere: Bool

        /// Creates a query.
        public init(words: String, isHere: Bool) { (self.words, self.isHere) = (words, isHere) }
    }

    /// Something that was found.
    public struct Found: Hashable, Sendable {
        /// The chat; `nil` when this machine's list does not have it any more.
        public var key: String?
        /// Its title.
        public var title: String
        /// The server, when it is another one than that of the screen.
        public var server: String?
        /// The session.
        public var session: SessionID
        /// The first entry of the passage.
        public var seq: Seq
        /// When it was said, in milliseconds since 1970.
        public var timestamp: Timestamp
        /// Whether the user said it, and not the agent.
        public var isUsers: Bool
        /// A piece of the text around the first word, in one line.
        public var text: String
    }

    /// How long the index is brought up to date before what was found so far is reported.
    static let patience = Duration.milliseconds(250)

    private let folder: String
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let index = Locked<SearchIndex?>(nil)
    /// The number of the last query: an older one is not worth going on with.
    private let newest = Atomic(0)

    /// - Parameter folder: The client's state folder.
    public init(folder: String) {
        self.folder = folder
        pool.start()
    }

    /// Looks for a query, in place of the one before.
    ///
    /// - Parameter report: Called on a thread of the search, once or more, with what was found so far.
    public func find(_ query: Query, in store: ChatStore, report: @escaping @Sendable (ClientEvent) -> Void) {
        let number = newest.add(1, ordering: .relaxed).newValue
        pool.submit { _ in
            do throws(StoreError) {
                while self.newest.load(ordering: .relaxed) == number {
                    let end = ClientClock.now + ChatSearch.patience
                    let index = try self.opened()
                    let isComplete = try index.catchUp(with: store.mirror, first: store.session) {
                        ClientClock.now >= end || self.newest.load(ordering: .relaxed) != number
                    }
                    let found = try ChatSearch.find(query, in: store, index)
                    report(.found(query, found, isComplete: isComplete))
                    guard isComplete else { continue }
                    // What a search of many passages takes for a moment would stay with this thread.
                    return HeapMemory.giveBackFreed()
                }
            } catch {
                report(.notice("belay cannot search: \(error)"))
            }
        }
    }

    /// Writes a chat into a new file of a folder, and reports its name or why there is none.
    public func export(
        _ store: ChatStore, as format: ChatExport, to folder: String, report: @escaping @Sendable (ClientEvent) -> Void
    ) {
        pool.submit { _ in
            do {
                report(.notice("the chat is in \(try ExportFile.write(store, as: format, in: folder))"))
            } catch {
                report(.notice("the chat was not exported: \(error)"))
            }
        }
    }

    /// Searches all chats of a state folder, after the whole index was brought up to date.
    ///
    /// - Throws: ``StoreError`` when the disk cannot be read or written.
    public static func all(_ words: String, folder: String) throws(StoreError) -> [Found] {
        guard SQLiteStateStore.exists(folder: folder), let mirror = try SQLiteMirror.reading(folder: folder) else {
            return []
        }
        let stateStore = try SQLiteStateStore.reading(folder: folder)
        let index = try SearchIndex.open(folder: folder, now: ClientClock.wall)
        _ = try index.catchUp(with: mirror) { false }
        return try found(try index.find(words), from: PrivateServer.name, stateStore)
    }

    private func opened() throws(StoreError) -> SearchIndex {
        if let index = index.withLock({ $0 }) { return index }
        let opened = try SearchIndex.open(folder: folder, now: ClientClock.wall)
        index.withLock { $0 = opened }
        return opened
    }

    private static func find(
        _ query: Query, in store: ChatStore, _ index: SearchIndex
    ) throws(StoreError) -> [Found] {
        let here = store.chat.session.map { (server: store.chat.server, id: $0) }
        guard !query.isHere || here != nil else { return [] }
        return try found(
            try index.find(query.words, in: query.isHere ? here : nil), from: store.chat.server, store.stateStore)
    }

    /// What was found, with the chats that it is in.
    private static func found(
        _ hits: [SearchIndex.Hit], from server: String, _ stateStore: SQLiteStateStore
    ) throws(StoreError) -> [Found] {
        var chats: [[String]: Chat] = [:]
        var found: [Found] = []
        for hit in hits {
            let name = [hit.server, hit.session.rawValue]
            if chats[name] == nil { chats[name] = try stateStore.chat(at: hit.server, named: hit.session.rawValue) }
            found.append(
                Found(
                    key: chats[name]?.key, title: chats[name]?.title ?? hit.session.rawValue,
                    server: hit.server == server ? nil : hit.server, session: hit.session, seq: hit.seq,
                    timestamp: hit.timestamp, isUsers: hit.isUsers, text: hit.snippet))
        }
        return found
    }
}
