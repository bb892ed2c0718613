import DequeModule
import FailPoints
import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// One connection, on the event loop that accepted it: it handles the client's requests in order, and delivers what
/// sessions post to it.
final actor ConnectionActor: LoopActor {
    nonisolated let id: ConnectionID
    nonisolated let principal: Principal
    /// The ID of the token it signed in with; `nil` for a local program of the server's own user.
    nonisolated let token: String?
    /// Its place in the order of all connections: one of the same client with an earlier one is superseded.
    nonisolated let generation: Generation
    /// How messages to it are compressed; `nil` when they are not.
    nonisolated let deflate: DeflateParameters?
    nonisolated let loop: any EventLoop
    nonisolated let services: Services
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// `limits.outgoing_bytes`, as it was when the connection began.
    nonisolated let outgoingBytesMaximum: Int

    /// A session that the connection watches.
    struct Watch {
        let session: SessionActor
        /// The number of the attach; entries of an earlier one are out of date.
        var attach: UInt64
        /// The last entry that was queued for the client.
        var delivered: Seq = 0
        /// The last entry before those that were dropped because the client reads too slowly; `nil` when none were.
        /// Until the session has replayed them, what it posts of newer ones is dropped as well, and answers are held.
        var droppedBehind: Seq?
        /// Answers that must not overtake the entries that were dropped.
        var held: [LedgerEffect] = []

        /// Whether the session has to replay entries before anything else of it is sent.
        var isLagging: Bool { droppedBehind != nil }
    }

    /// The socket, once the 101 is out.
    private(set) var socket: Connection?
    /// Whether `initialize` was answered.
    var isInitialized = false
    /// The client's parameters of the resume layer; `nil` for a plain ACP client, which is sent nothing of it.
    var layer: InitializeRequest.Layer?
    /// The sessions that it watches.
    var watches: [SessionID: Watch] = [:]
    /// The questions that it was sent, and the JSON-RPC ids of those requests.
    var asked: [RequestKey: RequestID] = [:]
    var questions: [RequestID: (SessionID, RequestKey)] = [:]
    /// The calls of agents that it was sent, and the JSON-RPC ids of those requests.
    var calls: [RequestID: (SessionID, ClientCalls.Number)] = [:]
    /// What the client does for agents.
    var capabilities: Set<ClientCapability> = []
    /// Keys of prompts that it sent: a plain ACP client is not sent the echo of its own prompt.
    var ownPrompts: Set<ClientMessageID> = []
    /// Whether a frame has arrived: only then does the connection supersede older ones of the client.
    private(set) var hasSpoken = false
    /// Frames and bytes replayed since the last fence.
    var replayed: (events: Int64, bytes: Int64) = (0, 0)
    /// Pages of replays that wait to be read: one at a time, when the queue has room.
    var reads: Deque<(SessionID, EntryPage)> = []
    /// Whether a page is being read, or its session decides what follows it.
    var isReading = false
    /// The page that was read last, as it is queued when its session asks for it.
    var page: EntryBatch?
    /// Requests for entries of gaps, in order.
    var fills: Deque<Fill> = []
    /// Whether a page for the first of these is being read.
    var isFilling = false
    /// Received messages that were not handled yet. Requests are handled in order, and the socket is not read while any
    /// waits.
    var inbox: Deque<Received> = []
    /// Whether a request is being prepared.
    var isBusy = false
    /// Whether ``inbox`` is being emptied, so that a nested call returns at once.
    var isServing = false
    /// How many requests wait for the end of a turn or of a replay, while others are handled.
    var requestsWaiting = 0
    /// What sessions post while `initialize` is being answered; it follows the answer.
    var heldBack: HeldBack?
    /// What became of the sessions that `initialize` names, as far as they are attached.
    var attachOutcomes: [AttachOutcome] = []
    var outgoing = Outgoing()

    init(
        principal: Principal, token: String?, generation: Generation, deflate: DeflateParameters?,
        on loop: any EventLoop, _ services: Services
    ) {
        self.deflate = deflate
        id = ConnectionID(rawValue: services.number())
        self.principal = principal
        self.token = token
        self.generation = generation
        self.loop = loop
        self.services = services
        outgoingBytesMaximum = services.configuration.outgoingBytesMaximum
    }

    // MARK: - The socket

    /// The 101 is written: what waits is written behind it.
    func opened(_ socket: Connection) {
        guard services.connections[id] != nil else {
            return socket.close(.goingAway, "retry_after_ms=0; the server could not finish the attach")
        }
        self.socket = socket
        socket.onEvent { event in self.assumeIsolated { $0.happened(event) } }
        pump()
    }

    private func happened(_ event: Connection.Event) {
        switch event {
        case .received(let messages):
            touch()
            if !hasSpoken {
                hasSpoken = true
                takeOver()
            }
            received(messages.map { .message($0) })
        case .undecodable(let error):
            touch()
            received([.undecodable(error)])
        case .alive: touch()
        case .writabilityChanged: pump()
        case .closed: ended()
        }
    }

    /// Notes a sign of life for every session that the connection watches.
    private func touch() {
        let now = services.clock.now.instant
        for watch in watches.values { watch.session.signOfLife.note(now) }
    }

    /// Closes older connections of the same client with 4409 once it speaks on this one: they may be half-open, and
    /// their time-out would come much later.
    func takeOver() {
        guard let client = layer?.clientID else { return }
        for other in services.connections.older(than: self, of: client) {
            other.post { $0.close(.superseded, "a newer connection of this client took over") }
        }
    }

    /// Closes the connection.
    func close(_ code: CloseCode, _ reason: String) {
        socket?.close(code, reason)
        ended()
    }

    /// The connection has ended, or was given up before it began.
    func ended() {
        guard services.connections.remove(self) else { return }
        for (session, watch) in watches {
            services.sessions.unwatch(session)
            watch.session.post { [id] in $0.detached(id) }
        }
        (watches, fills) = ([:], [])
        services.note(.info, "connection ended", of: principal, ["connection": "\(id.rawValue)"])
    }

    /// The connection whose closing the server waits for when it stops.
    func closeForRestart() -> EventLoopFuture<Void>? {
        let delay = services.restartDelay()
        let closed = socket?.socketClosed
        socket?.close(.serviceRestart, "the server restarts; retry_after_ms=\(delay)")
        return closed
    }

    // MARK: - Writing

    func queue(_ message: Message) { outgoing.append(.message(message.encoded)) }

    /// Queues the error that answers a request, within the bound on its length.
    func queue(_ error: RPCError, answering id: RequestID) { queue(.failure(id, error.bounded)) }

    /// Queues an encoded message that is not an entry, and so is never dropped.
    func queue(_ message: ByteBuffer) { outgoing.append(.message(message)) }

    /// Writes as much as the socket takes.
    func write() {
        guard let socket else { return }
        var hasWritten = false
        while socket.isWritable, let item = outgoing.popFirst() {
            switch item {
            case .message(let message): socket.write(message)
            case .entries(let batch, _, _): socket.write(batch)
            }
            hasWritten = true
        }
        if hasWritten { socket.flush() }
    }

    /// Whether the queue is empty and the socket is writable.
    var isDrained: Bool { outgoing.isEmpty && socket?.isWritable ?? false }

    /// Writes as much as the socket takes, and continues what waited for room.
    func pump() {
        write()
        if isDrained { askForDropped() }
        readNext()
        serve()
        fillNext()
    }

    /// The queue has room again: the sessions replay what was dropped.
    private func askForDropped() {
        for watch in watches.values where watch.isLagging {
            let attach = watch.attach
            watch.session.post { [id] in $0.drained(id, attach: attach) }
        }
    }

    /// Back-pressure for a client that reads too slowly: drops the queued entries; their sessions replay them when the
    /// queue has drained.
    func dropEntries() {
        for (session, through) in outgoing.dropEntries() { lag(session, behind: through) }
    }

    /// Entries of a session behind this one are not queued, until the session has replayed them.
    func lag(_ session: SessionID, behind through: Seq) {
        guard let watch = watches[session], !watch.isLagging else { return }
        watches[session]?.droppedBehind = through
        let attach = watch.attach
        watch.session.post { [id] in $0.lagging(id, through: through, attach: attach) }
    }

    /// Ends a watch. No entries of the session follow, so the answers that waited for some are sent.
    ///
    /// - Returns: The watch; `nil` when the session was not watched.
    @discardableResult func forget(_ session: SessionID) -> Watch? {
        guard let watch = watches.removeValue(forKey: session) else { return nil }
        for case .respond(_, let request, let result) in watch.held { respond(request, result) }
        return watch
    }
}
