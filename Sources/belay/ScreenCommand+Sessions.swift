import Client
import Platform
import Screen
import Sync
import Wire

/// The list of chats, and what is done with one of them; the search in what was said.
extension ScreenCommand {
    /// The most messages of a preview, and the most characters of each.
    private static let previewMessages = 4
    private static let previewCharacters = 400

    /// Shows the list: at once as far as it is known, and then as it is now.
    func listSessions() {
        apply(.sessionsKnown)
        listChats()
        client?.post(.ask(.list))
    }

    /// Reads the list of chats, beside this thread.
    func listChats() {
        let queue = queue
        lister.list(store) { queue.push(.listed($0)) }
    }

    /// The chat has a title once a prompt was sent; the list that is shown knows none before.
    func titleMayBeNew() {
        guard !isTitled else { return }
        listChats()
    }

    func show(_ chats: Result<[ChatList.Item], StoreError>) {
        attempt("read the list of chats") {
            let chats = try chats.get()
            isTitled = chats.first { $0.key == store.key }?.title != nil
            apply(.chats(chats.map { surroundings.item(of: $0, beside: store) }))
        }
    }

    func preview(_ key: String) {
        attempt("read the chat") {
            let said = try store.other(key)?.lastSaid(Self.previewMessages) ?? []
            apply(
                .preview(
                    SessionPreview(
                        key: key,
                        said: said.map {
                            .init(isUsers: $0.isUsers, text: String($0.text.prefix(Self.previewCharacters)))
                        })))
        }
    }

    /// - Parameter key: The chat; the one on the screen when `nil`.
    func rename(_ key: String?, _ title: String) {
        attempt("rename the chat") {
            try store.other(key ?? store.key)?.rename(title)
            listChats()
        }
    }

    /// Deletes a chat, at its server first: as long as that has it, it would come back.
    func delete(_ key: String) {
        attempt("delete the chat") {
            guard let chat = try store.other(key) else { return }
            if let session = chat.session, !chat.isExpired {
                guard let client else { return apply(.notice("not deleted: there is no connection to the server")) }
                return client.post(.ask(.delete(session)))
            }
            try forget(chat)
        }
    }

    /// Forgets a chat that the server does not have, or no more, also where it went on sending.
    private func forget(_ deleted: ChatStore) throws {
        chat.stopSending(deleted.key)
        try deleted.forgetAll()
        left.forget(deleted.key)
        listChats()
    }

    func export(_ key: String?, _ format: String) {
        attempt("export the chat") {
            guard let chat = try store.other(key ?? store.key) else { return }
            let (queue, folder) = (queue, try Place.currentDirectory())
            search.export(chat, as: ChatExport(rawValue: format) ?? .markdown, to: folder) { queue.push($0) }
        }
    }

    /// Writes what is in view into a new file.
    func write(_ text: String, what: String, to name: String) {
        attempt("write it") {
            try WholeFile.create(surroundings.path(of: name)) { try $0(text) }
            apply(.notice("\(what): written into \(name)"))
        }
    }

    func find(_ words: String, isHere: Bool) {
        let queue = queue
        search.find(ChatSearch.Query(words: words, isHere: isHere), in: store) { queue.push($0) }
    }

    func show(_ found: [ChatSearch.Found], for query: ChatSearch.Query, isComplete: Bool) {
        let texts = found.map { text in
            FoundText(
                key: text.key, isHere: text.session == store.session && text.server == nil, title: text.title,
                server: text.server, seq: text.seq, timestamp: text.timestamp, isUsers: text.isUsers,
                text: text.text)
        }
        apply(.found(texts, words: query.words, isHere: query.isHere, isComplete: isComplete))
    }

    func take(_ answer: SessionAnswer) {
        switch answer {
        case .listed(let summaries):
            attempt("read how far the chats are") {
                let cursors = try store.cursors()
                var news: [SessionID: SessionNews] = [:]
                for summary in summaries where summary.session != store.session {
                    guard let cursor = cursors[summary.session] else { continue }
                    news[summary.session] = SessionNews(summary, behind: cursor)
                }
                apply(.news(news))
            }
        case .changed(let summary):
            attempt("read how far the chat is") {
                guard summary.session != store.session, let cursor = try store.cursors()[summary.session] else {
                    return
                }
                // One that another belay of this machine has begun, or that was left with prompts to send.
                if model.isListOutdated(by: summary.session) { listChats() }
                apply(.newsOf(summary.session, SessionNews(summary, behind: cursor)))
            }
        case .deleted(let session):
            attempt("delete the chat on this machine") {
                if let deleted = try store.other(session.rawValue) { try forget(deleted) }
            }
        // That the news cannot be had is nothing to tell: the status says why.
        case .failed(.list, _): break
        case .failed(.delete, let reason): apply(.notice("the chat was not deleted: \(reason)"))
        }
    }

    func waiting(in item: ChatList.Item) -> String? {
        switch item.waiting {
        case 0: nil
        case 1: "1 prompt waits"
        default: "\(item.waiting) prompts wait"
        }
    }

    /// What was not sent yet in chats that were left, a line for each.
    var waitingElsewhere: [String] {
        chat.unsent.filter { $0 != store.key }.compactMap { key -> String? in
            guard let item = try? store.other(key)?.listed(), let waiting = waiting(in: item) else { return nil }
            return Printable.line("In \(item.title.map { "“\($0)”" } ?? "another chat") \(waiting).")
        }
    }

    func attempt(_ what: String, _ body: () throws -> Void) {
        do { try body() } catch { apply(.notice("belay cannot \(what): \(error)")) }
    }
}

extension SessionNews {
    /// What the server says of a session of which the mirror has the entries up to a cursor.
    fileprivate init(_ summary: SessionSummary, behind cursor: Seq) {
        self.init(
            isUnread: summary.headSeq > cursor, isWorking: summary.isWorking, questions: summary.questions,
            since: summary.turnStartedAt)
    }
}
