import FailPoints
import Mirror
public import NIOCore
import NIOPosix
import Sync
import Transport
public import Wire

/// A running chat: the engine decides, this actor does the I/O. It runs on one event loop. The disk has a thread of its
/// own for what the user and the server say, in order; what may take seconds (finding the private server, checking the
/// whole mirror) runs beside it, so that no prompt and no draft ever waits behind it.
public actor ChatClient {
    /// The event loop that is the actor's executor; connections run on it too.
    public nonisolated let loop: any EventLoop
    /// The loop as the actor's executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// The longest prompt, in bytes: servers accept messages of a mebibyte, and JSON escapes make text longer.
    public static let promptBytesMaximum = 512 << 10
    /// The most prompts in the outbox; one more is refused.
    public static let outboxMaximum = 256

    let configuration: Configuration
    let store: ChatStore
    let disk = NIOThreadPool(numberOfThreads: 1)
    /// For work that may block for seconds, and that nobody waits for at the end.
    let background = NIOThreadPool(numberOfThreads: 2)
    let report: @Sendable (ClientEvent) -> Void
    var engine: SyncEngine
    /// Open connections by the generation of their attempt: the present one, and briefly the one that replaces it.
    var connections: [Int: Connection] = [:]
    /// Rings when the engine has something to do, and when the machine slept past that.
    private var alarm: Alarm?
    /// The resolver's results, cached for the lifetime of the client.
    let addresses = ResolverCache()
    private var wake = WakeDetector.now()
    private var watch: NetworkMonitor?
    private var draftWaiting: String?
    /// Whether a write to the mirror is in progress.
    var isStoring = false
    /// How many bytes had arrived when the disk last finished, by generation.
    var bytesStored: [Int: Int] = [:]
    var isOver = false
    /// This client, while it only goes on until everything was sent.
    private var whileSending: ChatClient?
    /// The task that fetches the token and the position before an attempt.
    var preparation: Task<Void, Never>?
    /// The task that lists the files of the folder.
    var listing: Task<Void, Never>?
    /// How many prompts are being written to the disk: they already count against ``outboxMaximum``.
    private var promptsQueueing = 0

    /// Creates a chat that is not connecting yet.
    ///
    /// - Parameters:
    ///   - store: The chat on disk.
    ///   - configuration: The connection settings.
    ///   - loop: The event loop to run on.
    ///   - report: Called on the loop with every event; it must not block.
    /// - Throws: ``StoreError`` when the disk cannot be read.
    public init(
        _ store: ChatStore, _ configuration: Configuration, on loop: any EventLoop,
        report: @escaping @Sendable (ClientEvent) -> Void
    ) throws(StoreError) {
        self.loop = loop
        self.store = store
        self.configuration = configuration
        self.report = report
        let chat = store.chat
        let holding = try chat.session.flatMap { session throws(StoreError) in
            try store.mirror.holding(of: session, at: chat.server)
        }
        var rules = SyncEngine.Configuration(
            clientID: configuration.clientID, client: configuration.client, directory: chat.directory,
            clientSessionKey: chat.key, seed: configuration.seed, window: configuration.window)
        rules.agent = chat.agent
        rules.followsSessions = configuration.followsSessions
        rules.fork = chat.forkOf.map { .init(session: $0, title: chat.title) }
        (rules.mcpServers, rules.opensAgent) = (configuration.mcpServers, configuration.opensAgent)
        rules.capabilities = configuration.capabilities
        rules.replacesServer = configuration.privateServer != nil
        engine = SyncEngine(
            rules, session: chat.session, holding: holding, outbox: try store.stateStore.outbox(of: chat.key),
            answers: try store.stateStore.answers(of: chat.key), at: ClientClock.now)
        disk.start()
        background.start()
    }

    /// Creates a chat on an event loop that the process shares.
    public static func make(
        _ store: ChatStore, _ configuration: Configuration, report: @escaping @Sendable (ClientEvent) -> Void
    ) throws(StoreError) -> ChatClient {
        try ChatClient(store, configuration, on: MultiThreadedEventLoopGroup.singleton.next(), report: report)
    }

    /// Starts connecting, and watching the network for changes.
    public func start() {
        for notice in store.notices { report(.notice(notice)) }
        report(.outbox(engine.outboxItems))
        watchNetwork()
        run(.tick)
        checkMirror()
    }

    /// Sends a command from any thread without waiting; commands are executed in order.
    public nonisolated func post(_ command: ClientCommand) {
        loop.execute { self.assumeIsolated { $0.perform(command) } }
    }

    private func perform(_ command: ClientCommand) {
        switch command {
        case .begin: start()
        case .end: end()
        case .endWhenSent: endWhenSent()
        case .send(let text):
            do throws(ClientError) {
                queue(try item(for: text)).whenFailure { self.report(.notSent(text, reason: "\($0)")) }
            } catch {
                report(.notSent(text, reason: "\(error)"))
            }
        case .cancelTurn: run(.cancelTurn)
        case .set(let setting): run(.set(setting))
        case .callBack(let key, let result): run(.calledBack(key, result))
        case .answer(let request, let answer): keep(answer, to: request)
        case .readOn(let before): run(.wanted(before))
        case .copyIsDamaged: replaceMirror()
        case .hurry: run(.hurry)
        case .saveDraft(let text): saveDraft(text)
        case .listFiles: listFiles()
        case .ask(let question): run(.asked(question))
        case .reclaim(let id): reclaim(id)
        case .takeBack(let id):
            let removed = disk.runIfActive(eventLoop: loop) { [stateStore = store.stateStore] in
                try stateStore.remove([id])
            }
            removed.whenComplete { result in
                switch result {
                case .success: self.assumeIsolated { $0.run(.takenBack(id)) }
                case .failure(let error): self.report(.notice("belay could not take the prompt back: \(error)"))
                }
            }
        }
    }

    /// Queues a prompt: it is on disk when this returns, and goes out as soon as the client is current.
    ///
    /// - Returns: The prompt's idempotency key.
    /// - Throws: ``ClientError/data(_:)`` when it is longer than ``promptBytesMaximum`` or the outbox is full,
    ///   ``StoreError`` when the disk did not take it; in both cases nothing was sent.
    @discardableResult
    public func send(_ text: String) async throws -> ClientMessageID {
        let item = try item(for: text)
        try await send(item)
        return item.id
    }

    /// Queues a prompt that was made by ``item(for:)-([ContentBlock])``.
    func send(_ item: OutboxItem) async throws { try await queue(item).get() }

    /// Checks whether a prompt can be sent at all.
    ///
    /// - Throws: ``ClientError/data(_:)`` when it is longer than ``promptBytesMaximum``.
    public static func check(_ prompt: String) throws(ClientError) {
        guard prompt.utf8.count <= promptBytesMaximum else {
            throw .data(
                "the prompt has \(prompt.utf8.count) bytes and at most \(promptBytesMaximum) are allowed: put it into a"
                    + " file of the folder and ask about that")
        }
    }

    private func item(for text: String) throws(ClientError) -> OutboxItem {
        try item(for: PromptLinks.content(of: text, in: localFolder))
    }

    /// A prompt with a key of its own, to be queued.
    func item(for content: [ContentBlock]) throws(ClientError) -> OutboxItem {
        for case .text(let text) in content { try ChatClient.check(text) }
        guard engine.outboxItems.count + promptsQueueing < ChatClient.outboxMaximum else {
            throw .data("\(ChatClient.outboxMaximum) prompts wait already in the outbox: wait until some were sent")
        }
        var generator = SystemRandomNumberGenerator()
        let now = ClientClock.wall
        return OutboxItem(
            id: ClientMessageID(UUIDv7.make(now: now, using: &generator)), content: content, createdAt: now)
    }

    /// Writes a prompt to the disk, and then hands it to the engine.
    private func queue(_ item: OutboxItem) -> EventLoopFuture<Void> {
        let key = store.chat.key
        draftWaiting = nil
        promptsQueueing += 1
        return disk.runIfActive(eventLoop: loop) { [stateStore = store.stateStore] in
            try stateStore.queue(item, of: key)
        }.always { _ in
            self.assumeIsolated { $0.promptsQueueing -= 1 }
        }.map {
            FailPoint.hit("client.queued")
            self.assumeIsolated { $0.run(.queued(item)) }
        }
    }

    /// Writes the answer to a question to the disk, and then hands it to the engine.
    private func keep(_ answer: JSON, to request: RequestKey) {
        let (stateStore, key) = (store.stateStore, store.chat.key)
        disk.runIfActive(eventLoop: loop) { try stateStore.keep(answer, to: request, of: key) }.whenComplete { result in
            switch result {
            case .success: self.assumeIsolated { $0.run(.answered(request, answer)) }
            case .failure(let error): self.report(.notice("the answer was not stored and not sent: \(error)"))
            }
        }
    }

    /// Saves the draft, within half a second: keys come faster than the disk should write.
    private func saveDraft(_ text: String) {
        let isScheduled = draftWaiting != nil
        draftWaiting = text
        guard !isScheduled else { return }
        loop.scheduleTask(in: .milliseconds(500)) { self.assumeIsolated { _ = $0.writeDraft() } }
    }

    /// Writes what is typed.
    ///
    /// - Returns: Done when the disk has it, and everything that it was handed before.
    private func writeDraft() -> EventLoopFuture<Void> {
        guard let text = draftWaiting else { return disk.runIfActive(eventLoop: loop) {} }
        draftWaiting = nil
        let key = store.chat.key
        let written = disk.runIfActive(eventLoop: loop) { [stateStore = store.stateStore] in
            try stateStore.saveDraft(text, of: key)
        }
        written.whenFailure { error in self.report(.notice("belay could not save the draft: \(error)")) }
        return written
    }

    /// Ends the chat; a running turn goes on at the server. Pending writes are complete when this returns.
    public func quit() async {
        run(.quit)
        try? await writeDraft().get()
        stop()
        try? await disk.shutdownGracefully()
    }

    /// Ends the chat, and reports when all writes are complete.
    private func end() {
        whileSending = nil
        run(.quit)
        stop()
        writeDraft().whenComplete { _ in
            self.report(.ended)
            // Whoever goes through many chats would otherwise have a thread for each.
            self.disk.shutdownGracefully { _ in }
        }
    }

    /// Ends the chat when nothing is left to be sent. The front end has left it and keeps it no more, so it keeps itself.
    private func endWhenSent() {
        // What was handed to the disk before is known to the engine afterwards.
        disk.runIfActive(eventLoop: loop) {}.whenComplete { _ in
            self.assumeIsolated { client in
                guard !client.isOver else { return }
                client.whileSending = client
                client.run(.tick)
            }
        }
    }

    private func stop() {
        isOver = true
        alarm?.stop()
        watch?.stop()
        // These closures retain this actor: without this the cycle would keep it alive.
        (alarm, watch) = (nil, nil)
        preparation?.cancel()
        listing?.cancel()
        // What is still blocked there ends by its own time-out; its result is not wanted any more.
        background.shutdownGracefully { _ in }
    }

    /// Watches for network changes, from the first attempt on. The private server's Unix socket does not depend on the
    /// network.
    private func watchNetwork() {
        guard case .host = configuration.endpoint.address else { return }
        watch = NetworkMonitor.start(on: loop) { self.assumeIsolated { $0.run(.networkChanged($0.route)) } }
    }

    /// After a sleep no peer is late, and the network may be another one.
    ///
    /// - Parameter due: When this look was due at the latest.
    private func lookForSleep(due: Instant?) {
        guard !isOver, let gap = wake.look(.now, due: due) else { return }
        decide(.woke(after: gap))
        decide(.networkChanged(route))
    }

    /// The session; `nil` until the server has created it.
    public var session: SessionID? { engine.session }

    func run(_ event: SyncEvent) {
        guard !isOver else { return }
        // While nothing ran, no time-out was really missed: the sleep is reported to the engine first.
        lookForSleep(due: alarm?.moment)
        decide(event)
        schedule()
        if whileSending != nil, !engine.hasUnsent { end() }
    }

    private func decide(_ event: SyncEvent) {
        for effect in engine.handle(event, at: ClientClock.now) { perform(effect) }
    }

    private func schedule() {
        guard let deadline = engine.nextDeadline, !isOver else { return }
        let alarm =
            alarm
            ?? Alarm.make(on: loop) { [weak self] moment in
                self?.assumeIsolated { client in
                    client.lookForSleep(due: moment)
                    client.run(.tick)
                }
            }
        self.alarm = alarm
        alarm.set(deadline)
    }

    private func perform(_ effect: SyncEffect) {
        switch effect {
        case .dial(let generation, let request): dial(generation, request)
        case .send(let generation, let message): send(message, on: generation)
        case .abandon(let generation, let code):
            // Events of a closed connection would belong to an old generation.
            connections.removeValue(forKey: generation)?.close(code, "")
        case .store(let changes):
            isStoring = true
            store(changes)
        case .markSent(let ids):
            let marked = disk.runIfActive(eventLoop: loop) { [stateStore = store.stateStore] in
                try stateStore.markSent(ids)
            }
            marked.whenComplete { _ in FailPoint.hit("client.sent") }
        case .dropAnswers(let requests):
            disk.runIfActive(eventLoop: loop) { [store] in
                try store.stateStore.removeAnswers(to: requests, of: store.chat.key)
            }.whenFailure { _ in }
        case .outbox(let items): report(.outbox(items))
        case .settled(let setting, let result): report(.settled(setting, result))
        case .call(let call): report(.called(call))
        case .cancelCall(let key): report(.callCancelled(key))
        case .serverIsOld(let version):
            report(
                .notice(
                    "the private server is version \(version) and this is \(configuration.client.version): it is replaced"
                        + " when its turns have ended"))
        case .serverIsNew(let version):
            report(
                .notice(
                    "the private server is version \(version) and this is \(configuration.client.version): restart belay"
                        + " to use the new version"))
        case .replaceServer(let version):
            report(
                .notice(
                    "belay replaces the private server of version \(version) with version"
                        + " \(configuration.client.version)"))
            replaceServer(version)
        case .status(let status): report(.status(status))
        case .sessions(let answer): report(.sessions(answer))
        case .expired(let expiry): report(.expired(expiry))
        case .stopped(let cause): report(.stopped(cause))
        }
    }
}
