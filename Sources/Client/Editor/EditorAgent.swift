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
        /// The requests with which it was asked to do something for the agent.
        var calls: [RequestID: RequestKey] = [:]
    }

    /// The most sessions of an editor at a time.
    static let sessionsMaximum = 64

    private let open: @Sendable (ChatStore.Selection, _ directory: String?) throws -> Opened
    private let list: @Sendable () throws -> [ChatList.Item]
    let write: @Sendable (Message) -> Void
    let drained: @Sendable () async -> Void
    private let loop: any EventLoop
    private let events: AsyncStream<(Int, ClientEvent)>
    private let continuation: AsyncStream<(Int, ClientEvent)>.Continuation
    var chats: [Int: Chat] = [:]
    var numbers: [SessionID: Int] = [:]
    private var lastNumber = 0
    var lastQuestion: Int64 = 0
    private var isInitialized = false
    /// What the editor does for agents.
    private(set) var capabilities: Set<ClientCapability> = []

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
        case .response(let id, let result): answered(id, .success(result))
        case .failure(let id, let error): answered(id, .failure(error))
        }
    }

    private func answer(_ id: RequestID, _ method: String, _ params: JSON) async throws(RPCError) {
        guard isInitialized || method == Method.initialize else {
            throw RPCError(.invalidRequest, "the first request must be 'initialize'")
        }
        switch method {
        case Method.initialize:
            isInitialized = true
            capabilities = Set(json: params["clientCapabilities"])
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
            opened.configuration.capabilities = capabilities
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

    func adopt(_ session: SessionID, _ number: Int) {
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
    func refuseWaiting(_ chat: Chat, _ error: RPCError) {
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

    private func answered(_ id: RequestID, _ result: Result<JSON, RPCError>) {
        for (number, chat) in chats {
            if let key = chats[number]?.calls.removeValue(forKey: id) { chat.client.post(.callBack(key, result)) }
            guard let key = chats[number]?.asked.removeValue(forKey: id) else { continue }
            // An editor that cannot ask leaves the question open for another client.
            if case .success(let answer) = result { chat.client.post(.answer(key, answer)) }
        }
    }
}
