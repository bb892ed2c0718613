import DequeModule
import Ledger
import NIOCore
import Transport
import Wire

/// One connection as the hub knows it.
final class Peer {
    let id: ConnectionID
    let principal: Principal
    /// The token it came with; `nil` for a program of this user on this machine.
    let token: String?
    let address: String
    /// The socket, once the 101 is out.
    var connection: Connection?
    /// Whether `initialize` was answered.
    var isInitialized = false
    /// What the client said of the resume layer; `nil` for a plain ACP client, which gets nothing of it.
    var layer: InitializeRequest.Layer?
    /// The sessions it watches.
    var sessions: Set<SessionID> = []
    /// The questions that it was asked, and the requests that asked them.
    var asked: [RequestKey: RequestID] = [:]
    var questions: [RequestID: (SessionID, RequestKey)] = [:]
    /// Prompts that it sent, so that a plain client does not hear its own words.
    var ownPrompts: Set<ClientMessageID> = []
    /// Whether the client has said anything on the socket: only then does it take over from an older one.
    var hasSpoken = false
    /// Frames and bytes replayed since the last fence.
    var replayed: (events: Int64, bytes: Int64) = (0, 0)
    /// Pages of replays that wait for their turn: one is read at a time, when there is room for it.
    var reads: Deque<(SessionID, EntryPage)> = []
    var isReading = false
    /// Sessions whose entries were dropped because the client reads too slowly.
    var lagging: Set<SessionID> = []
    /// What was received and is not dealt with yet: requests of a connection wait for one another, and its socket is not
    /// read while any of them waits.
    var inbox: Deque<Message> = []
    /// Whether a request is being served that waits for the disk.
    var isBusy = false
    /// Whether the inbox is being emptied.
    var isServing = false
    private(set) var outgoing = Outgoing()

    init(id: ConnectionID, principal: Principal, token: String?, address: String) {
        self.id = id
        self.principal = principal
        self.token = token
        self.address = address
    }

    func queue(_ message: Message) { outgoing.append(.init(bytes: message.encoded, entry: nil)) }

    /// Queues a message that is encoded already and cannot be fetched again.
    func queue(_ message: ByteBuffer) { outgoing.append(.init(bytes: message, entry: nil)) }

    func queue(_ frame: ByteBuffer, of session: SessionID, from: Seq) {
        outgoing.append(.init(bytes: frame, entry: (session, from)))
    }

    func dropEntries() -> [SessionID: Seq] { outgoing.dropEntries() }

    /// Writes as much as the socket takes.
    func write() {
        guard let connection else { return }
        var hasWritten = false
        while connection.isWritable, let frame = outgoing.popFirst() {
            connection.write(frame)
            hasWritten = true
        }
        if hasWritten { connection.flush() }
    }

    /// Whether nothing waits and the socket takes more.
    var isDrained: Bool { outgoing.isEmpty && connection?.isWritable ?? false }
}
