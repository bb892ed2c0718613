public import NIOCore
import Sync
public import Wire

/// The agent that an editor talks to (`belay acp`): ACP over standard input and output, with a chat behind each of the
/// editor's sessions, which is resent, joined and resumed underneath.
public actor EditorAgent {
    /// What a chat needs, for a session in a folder.
    public struct Opened: Sendable {
        /// The chat.
        public var store: ChatStore
        /// How it connects; a client identifier of its own, since a server has one connection for each.
        public var configuration: ChatClient.Configuration
        /// What has to live for as long as the chat is open.
        public var instance: any Sendable

        /// Names them.
        public init(store: ChatStore, configuration: ChatClient.Configuration, instance: any Sendable) {
            (self.store, self.configuration, self.instance) = (store, configuration, instance)
        }
    }

    /// How an editor opens a session.
    enum Opening: Hashable, Sendable {
        /// `session/new`.
        case new
        /// `session/load`: what was said is sent first.
        case load
        /// `session/resume`: the editor has what was said.
        case resume
    }

    struct Chat {
        var client: ChatClient
        var store: ChatStore
        let instance: any Sendable
        var session: EditorSession?
        /// The request that waits until the session is known and current.
        var opening: (id: RequestID, way: Opening)?
        /// The requests that change settings, in order.
        var setting: [(id: RequestID, setting: AgentSetting)] = []
        /// Entries that came before the mirror was read.
        var early: [Entry] = []
        var isLive = false
        /// The requests with which the editor was asked.
        var asked: [RequestID: RequestKey] = [:]
    }

    /// The most sessions of an editor at a time.
    static let sessionsMaximum = 64

    private let open: @Sendable (ChatStore.Selection, _ directory: String?) throws -> Opened
    private let list: @Sendable () throws -> [ChatList.Item]
    private let write: @Sendable (Message) -> Void
    private let drained: @Sendable () async -> Void
    private let loop: any EventLoop
    private let events: AsyncStream<(Int, ClientEvent)>
    private let continuation: AsyncStream<(Int, ClientEvent)>.Continuation
    private var chats: [Int: Chat] = [:]
    private var numbers: [SessionID: Int] = [:]
    private var lastNumber = 0
    private var lastQuestion: Int64 = 0
    private var isInitialized = false

    /// Creates an agent without sessions.
    ///
    /// - Parameters:
    ///   - loop: Where the chats run.
    ///   - open: Opens a chat: a new one in a folder, or the one that is named.
    ///   - list: The chats of this server that there are, most recent first.
    ///   - write: Sends a message to the editor.
    ///   - drained: Returns when the editor has what was written.
    public init(
        on loop: any EventLoop, open: @escaping @Sendable (ChatStore.Selection, _ directory: String?) throws -> Opened,
        list: @escaping @Sendable () throws -> [ChatList.Item],
        write: @escaping @Sendable (Message) -> Void, drained: @escaping @Sendable () async -> Void
    ) {
        self.loop = loop
        self.open = open
        self.list = list
        self.write = write
        self.drained = drained
        (events, continuation) = AsyncStream.makeStream()
    }

    /// Carries out what the chats report, until ``end()``.
    public func follow() async {
        for await (number, event) in events { await handle(event, of: number) }
    }

    /// Ends all chats; turns go on at the server. What was queued is on disk when this returns.
    public func end() async {
        let clients = chats.values.map(\.client)
        chats = [:]
        for client in clients { await client.quit() }
        continuation.finish()
    }

    /// Handles a line of the editor.
    public func receive(_ line: ByteBuffer) async {
        let message: Message
        do {
            let json = try JSON(parsing: line)
            message = try Message(json: json)
        } catch let error as RPCError {
            return write(.failure(.null, error))
        } catch {
            return write(.failure(.null, RPCError(.parseError, "\(error)")))
        }
        switch message {
        case .request(let id, let method, let params):
            do throws(RPCError) { try await answer(id, method, params) } catch { write(.failure(id, error.bounded)) }
        case .notification(Method.cancel, let params): await cancel(params)
        case .notification: break
        case .response(let id, let result): answered(id, result)
        case .failure(let id, _): answered(id, nil)
        }
    }

    private func answer(_ id: RequestID, _ method: String, _ params: JSON) async throws(RPCError) {
        guard isInitialized || method == Method.initialize else {
            throw RPCError(.invalidRequest, "the first request must be 'initialize'")
        }
        switch method {
        case Method.initialize:
            isInitialized = true
            write(.response(id, result: Self.greeting))
        case Method.authenticate: write(.response(id, result: [:]))
        case Method.newSession:
            let servers = try ClientRequest.NewSession(json: params).mcpServers
            try start(.new, try params.requiredPath("cwd"), servers, .new, for: id)
        case Method.loadSession, Method.resumeSession:
            let session: SessionID = try params.requiredIdentifier("sessionId")
            if let number = numbers[session] { await close(number, "the session was loaded again") }
            let way: Opening = method == Method.loadSession ? .load : .resume
            try start(.named(session.rawValue), nil, [], way, for: id)
        case Method.listSessions: write(.response(id, result: try sessions(try params.optionalPath("cwd"))))
        case Method.closeSession:
            let (number, chat) = try chat(params)
            // ACP: the work of a session ends with it.
            chat.client.post(.cancelTurn)
            await close(number, "the session was closed")
            write(.response(id, result: [:]))
        case Method.setMode, Method.setConfigOption:
            let (number, chat) = try chat(params)
            let setting = try AgentSetting(method: method, params: params)
            chats[number]?.setting.append((id, setting))
            chat.client.post(.set(setting))
        case Method.prompt: try await prompt(id, params)
        default: throw .methodNotFound(method)
        }
    }

    private static let greeting: JSON = [
        "protocolVersion": .integer(InitializeRequest.protocolVersion),
        "agentCapabilities": [
            "loadSession": true, "promptCapabilities": ["image": true, "audio": true, "embeddedContext": true],
            "mcpCapabilities": ["http": true, "sse": true],
            "sessionCapabilities": ["list": [:], "resume": [:], "close": [:]],
        ],
        "agentInfo": ["name": "belay", "title": "Belay", "version": .string(ClientVersion.current)], "authMethods": [],
    ]

    // MARK: Sessions

    private func start(
        _ selection: ChatStore.Selection, _ directory: String?, _ servers: [JSON], _ way: Opening,
        for request: RequestID
    ) throws(RPCError) {
        guard chats.count < Self.sessionsMaximum else {
            throw RPCError(.internalError, "\(Self.sessionsMaximum) sessions are open already")
        }
        lastNumber += 1
        let number = lastNumber
        do {
            var opened = try open(selection, directory)
            guard !opened.store.isExpired else {
                throw RPCError(.resourceNotFound, "the session has expired: begin a new one")
            }
            // An editor gets everything, in order, and so without gaps.
            opened.configuration.window = nil
            (opened.configuration.mcpServers, opened.configuration.opensAgent) = (servers, true)
            let continuation = continuation
            let client = try ChatClient(opened.store, opened.configuration, on: loop) { event in
                continuation.yield((number, event))
            }
            chats[number] = Chat(
                client: client, store: opened.store, instance: opened.instance,
                opening: (request, way))
            if let session = opened.store.session { adopt(session, number) }
            client.post(.begin)
        } catch let error as RPCError {
            throw error
        } catch {
            throw RPCError(.internalError, "\(error)")
        }
    }

    private func adopt(_ session: SessionID, _ number: Int) {
        guard chats[number]?.session == nil else { return }
        chats[number]?.session = EditorSession(session)
        numbers[session] = number
    }

    /// Ends a chat; nothing that the editor waits for stays unanswered.
    private func close(_ number: Int, _ reason: String) async {
        guard let chat = chats[number] else { return }
        refuseWaiting(chat, RPCError(.requestCancelled, reason))
        change(number) { $0.stopped(reason) }
        chats[number] = nil
        if let session = chat.session?.id { numbers[session] = nil }
        await chat.client.quit()
    }

    /// Answers what waits for the opening of a chat, or for a setting, with an error.
    private func refuseWaiting(_ chat: Chat, _ error: RPCError) {
        for id in [chat.opening?.id].compactMap(\.self) + chat.setting.map(\.id) { write(.failure(id, error)) }
    }

    /// Stops the turn, and takes back what was not sent yet.
    private func cancel(_ params: JSON) async {
        guard let (number, chat) = try? chat(params) else { return }
        for key in chat.session?.unconfirmed ?? [] where await chat.client.cancel(key) {
            change(number) { $0.takenBack(key) }
        }
        if chats[number]?.session?.isPrompting ?? false { chat.client.post(.cancelTurn) }
    }

    /// `session/list`: the chats of this machine, since those are the ones that can be loaded.
    private func sessions(_ directory: String?) throws(RPCError) -> JSON {
        let items: [ChatList.Item]
        do { items = try list() } catch { throw RPCError(.internalError, "\(error)") }
        return ["sessions": .array(items.compactMap { $0.info(in: directory) })]
    }

    private func chat(_ params: JSON) throws(RPCError) -> (number: Int, chat: Chat) {
        let session: SessionID = try params.requiredIdentifier("sessionId")
        guard let number = numbers[session], let chat = chats[number], chat.opening == nil else {
            throw RPCError(.resourceNotFound, "there is no such session here: load it first")
        }
        return (number, chat)
    }

    private func prompt(_ request: RequestID, _ params: JSON) async throws(RPCError) {
        let (number, chat) = try chat(params)
        let content = try params.elements(
            "prompt", as: ContentBlock.self, atMost: ClientRequest.Prompt.blocksMaximum)
        guard !content.isEmpty else { throw .invalidParams("'prompt' is empty") }
        do {
            // Known before it is on its way: its echo may come while this waits for the disk.
            var item = try await chat.client.item(for: content.map(\.withoutMeta))
            item.trace = TraceContext(meta: params["_meta"])
            guard chats[number]?.session != nil else { throw ClientError.noSuchChat("the session has ended") }
            chats[number]?.session?.prompted(item.id, by: request)
            do { try await chat.client.send(item) } catch {
                chats[number]?.session?.forget(item.id)
                throw error
            }
        } catch {
            throw RPCError(.internalError, "\(error)")
        }
    }

    private func answered(_ id: RequestID, _ result: JSON?) {
        for (number, chat) in chats {
            guard let key = chat.asked[id] else { continue }
            chats[number]?.asked[id] = nil
            // An editor that cannot ask leaves the question open for another client.
            if let result { chat.client.post(.answer(key, result)) }
        }
    }

    // MARK: What the chats report

    private func handle(_ event: ClientEvent, of number: Int) async {
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
        case .notice, .notSent, .tookBack, .files, .sessions, .found, .filled, .ended, .path: break
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

    private func change(_ number: Int, _ body: (inout EditorSession) -> [EditorSession.Action]) {
        guard var session = chats[number]?.session else { return }
        let actions = body(&session)
        chats[number]?.session = session
        for action in actions {
            switch action {
            case .send(let message): write(message)
            case .ask(let question):
                lastQuestion += 1
                let id = RequestID.number(lastQuestion)
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
