import Sync
import Wire

/// What the chats report, as an editor is told of it.
extension EditorAgent {
    func handle(_ event: ClientEvent, of number: Int) async {
        guard let chat = chats[number] else { return }
        switch event {
        case .adopted(let session):
            chats[number]?.store = chat.store.moved(to: session)
            adopt(session, number)
        case .status(let status):
            // A copy that a screen left may have gaps, which are filled behind the first status.
            guard case .live = status.state, !chat.isLive, status.entriesLacking == 0 else { return }
            await live(number)
        case .entries(let entries):
            guard chat.isLive else { return chats[number, default: chat].early += entries }
            change(number) { $0.take(entries) }
        case .replaced: if chat.isLive { readOn(number) }
        case .outbox(let items):
            for item in items {
                guard case .refused(let reason) = item.state else { continue }
                chat.client.post(.takeBack(item.id))
                change(number) { $0.failed(item.id, reason) }
            }
        case .expired(let expiry):
            chats[number]?.store = chat.store.moved(to: expiry.successorID)
            change(number) { $0.succeeded() }
        case .stopped(let cause): stopped(number, cause)
        case .settled(let setting, let result):
            guard let index = chat.setting.firstIndex(where: { $0.setting == setting }) else { return }
            let id = chat.setting[index].id
            chats[number]?.setting.remove(at: index)
            switch result {
            case .success(let answer): write(.response(id, result: answer))
            case .failure(let error): write(.failure(id, error.bounded))
            }
        case .called(let call): ask(call, number)
        case .callCancelled(let key):
            guard let id = chat.calls.first(where: { $0.value == key })?.key else { return }
            chats[number]?.calls[id] = nil
            write(.notification(method: Method.cancelRequest, params: ["requestId": id.json]))
        case .notice, .notSent, .tookBack, .files, .sessions, .listed, .found, .filled, .titled, .ended, .path: break
        }
    }

    /// The chat is current for the first time: the request that opened it is answered, behind what was said before.
    private func live(_ number: Int) async {
        guard let chat = chats[number], let session = chat.session else { return }
        if let (request, way) = chat.opening {
            // ACP: the conversation comes before the answer to session/load, and behind that to session/new, but for what can
            // be set.
            if way != .new {
                guard await replay(number, way) else { return chat.client.post(.copyIsDamaged) }
            }
            guard let opened = chats[number], opened.opening != nil else { return }
            let name = way == .new ? [JSON.Member("sessionId", .string(session.id.rawValue))] : []
            let options = SessionState(folding: opened.early).agent.options
            let known = options.isEmpty ? opened.session?.options ?? [] : options
            write(.response(request, result: .object(name + ConfigOption.members(known))))
            chats[number]?.opening = nil
        }
        chats[number]?.isLive = true
        change(number) { $0.endReplay() }
        let early = chats[number]?.early ?? []
        chats[number]?.early = []
        change(number) { $0.take(early) }
    }

    /// Sends what was said so far, a page at a time and as fast as the editor reads, or takes it for known.
    ///
    /// - Returns: Whether the copy could be read.
    private func replay(_ number: Int, _ way: Opening) async -> Bool {
        change(number) { session in
            session.beginReplay()
            return []
        }
        while let chat = chats[number], let session = chat.session {
            guard let page = try? chat.store.page(after: session.last) else { return false }
            if page.isEmpty { return true }
            if way == .load { change(number) { $0.take(page) } } else { chats[number]?.session?.skip(page) }
            await drained()
        }
        return true
    }

    /// The mirror was replaced: what the editor lacks is read from it, unless it is an older copy of the session.
    private func readOn(_ number: Int) {
        guard let chat = chats[number], let session = chat.session else { return }
        let known = (try? chat.store.page(after: max(0, session.last - 1), limit: 1))?.first
        let continues = session.last == 0 || known.map { session.continues(at: $0) } ?? false
        var (after, entries): (Seq, [Entry]) = (continues ? session.last : 0, [])
        while let page = try? chat.store.page(after: after), let last = page.last {
            entries += page
            after = last.seq
        }
        change(number) { continues ? $0.take(entries) : $0.restored(entries) }
    }

    private func stopped(_ number: Int, _ cause: StopCause) {
        guard let chat = chats[number] else { return }
        let code: RPCError.Code = if case .unknownSession = cause { .resourceNotFound } else { .internalError }
        refuseWaiting(chat, RPCError(code, cause.message).bounded)
        // The editor's user will say it again: it must not go out with the next chat as well.
        for key in chat.session?.unconfirmed ?? [] { chat.client.post(.takeBack(key)) }
        change(number) { $0.stopped(cause.message) }
        if let session = chat.session?.id { numbers[session] = nil }
        chats[number] = nil
        // As on the screen: a session that nobody knows is not kept in the list.
        if case .unknownSession = cause { _ = try? chat.store.forget() }
        chat.client.post(.end)
    }

    /// Has the editor do something for the agent.
    private func ask(_ call: ClientCall, _ number: Int) {
        guard let session = chats[number]?.session else { return }
        let id = nextRequest()
        chats[number]?.calls[id] = call.key
        write(call.request(id, session: session.id, isPlain: true))
    }

    private func nextRequest() -> RequestID {
        lastQuestion += 1
        return .number(lastQuestion)
    }

    func change(_ number: Int, _ body: (inout EditorSession) -> [EditorSession.Action]) {
        guard var session = chats[number]?.session else { return }
        let actions = body(&session)
        chats[number]?.session = session
        for action in actions {
            switch action {
            case .send(let message): write(message)
            case .ask(let question):
                // One that it cannot ask stays open for another client.
                let needed = ClientCapability(for: question.method)
                guard needed.map(capabilities.contains) ?? true else { continue }
                let id = nextRequest()
                chats[number]?.asked[id] = question.key
                write(question.request(id, session: session.id, seq: nil, isReissue: false))
            case .withdraw(let key):
                guard let id = chats[number]?.asked.first(where: { $0.value == key })?.key else { continue }
                chats[number]?.asked[id] = nil
                write(.notification(method: Method.cancelRequest, params: ["requestId": id.json]))
            }
        }
    }
}
