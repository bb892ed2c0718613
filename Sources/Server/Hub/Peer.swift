import DequeModule
import Ledger
import NIOCore
import Transport
import Wire

/// The hub's state of one connection. Confined to the hub's loop.
final class Peer {
    let id: ConnectionID
    let principal: Principal
    /// The ID of the token it signed in with; `nil` for a local program of the server's own user.
    let token: String?
    let address: String
    /// The socket, once the 101 is out.
    var connection: Connection?
    /// Whether `initialize` was answered.
    var isInitialized = false
    /// The client's parameters of the resume layer; `nil` for a plain ACP client, which is sent nothing of it.
    var layer: InitializeRequest.Layer?
    /// The sessions it watches.
    var sessions: Set<SessionID> = []
    /// The questions that it was sent, and the JSON-RPC ids of those requests.
    var asked: [RequestKey: RequestID] = [:]
    var questions: [RequestID: (SessionID, RequestKey)] = [:]
    /// Keys of prompts that it sent: a plain ACP client is not sent the echo of its own prompt.
    var ownPrompts: Set<ClientMessageID> = []
    /// Whether a frame has arrived: only then does the connection supersede older ones of the client.
    var hasSpoken = false
    /// Frames and bytes replayed since the last fence.
    var replayed: (events: Int64, bytes: Int64) = (0, 0)
    /// Pages of replays that wait to be read: one at a time, when the queue has room.
    var reads: Deque<(SessionID, EntryPage)> = []
    var isReading = false
    /// The page that was read last, as it is queued when its session's ledger asks for it.
    var page: EntryBatch?
    /// Sessions whose entries were dropped because the client reads too slowly.
    var lagging: Set<SessionID> = []
    /// Received messages that were not handled yet. Requests are handled in order, and the socket is not read while any
    /// waits.
    var inbox: Deque<Message> = []
    /// Whether a request waits for the disk.
    var isBusy = false
    /// Whether ``inbox`` is being emptied, so that a nested call returns at once.
    var isServing = false
    private(set) var outgoing = Outgoing()

    init(id: ConnectionID, principal: Principal, token: String?, address: String) {
        self.id = id
        self.principal = principal
        self.token = token
        self.address = address
    }

    func queue(_ message: Message) { outgoing.append(.message(message.encoded)) }

    /// Queues an encoded message that is not an entry, and so is never dropped.
    func queue(_ message: ByteBuffer) { outgoing.append(.message(message)) }

    func queue(_ entries: FrameBatch, of session: SessionID, from: Seq) {
        outgoing.append(.entries(entries, of: session, from: from))
    }

    /// How the entries of a replay, or those that were just committed, are sent to it.
    func encoding(isReplay: Bool) -> EntryBatch.Encoding {
        EntryBatch.Encoding(
            stamp: layer == nil ? .none : isReplay ? .replay : .live, isMerged: isReplay && layer?.coalesce ?? true)
    }

    /// The page that was read, if it has these entries, encoded like that.
    func takePage(
        of session: SessionID, _ range: ClosedRange<Seq>, _ encoding: EntryBatch.Encoding
    ) -> EntryBatch? {
        defer { page = nil }
        guard let page, page.session == session, page.range == range, page.encoding == encoding else { return nil }
        return page
    }

    /// The entries without the echo of the client's own prompts.
    func withoutEcho(_ entries: [EncodedEntry]) -> [EncodedEntry] {
        guard !ownPrompts.isEmpty else { return entries }
        var heard: Set<ClientMessageID> = []
        let others = entries.filter { entry in
            guard let key = entry.clientMessageID, ownPrompts.contains(key) else { return true }
            heard.insert(key)
            return false
        }
        // All entries of a prompt are in one commit: no further echo of these keys follows.
        ownPrompts.subtract(heard)
        return others
    }

    func dropEntries() -> [SessionID: Seq] { outgoing.dropEntries() }

    /// Writes as much as the socket takes.
    func write() {
        guard let connection else { return }
        var hasWritten = false
        while connection.isWritable, let item = outgoing.popFirst() {
            switch item {
            case .message(let message): connection.write(message)
            case .entries(let batch, _, _): connection.write(batch)
            }
            hasWritten = true
        }
        if hasWritten { connection.flush() }
    }

    /// Whether the queue is empty and the socket is writable.
    var isDrained: Bool { outgoing.isEmpty && connection?.isWritable ?? false }
}
