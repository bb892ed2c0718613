import Ledger
import NIOCore
import Wire

/// A session in the memory of a server: its ledger, and the lease under which it is written.
final class HostedSession {
    let id: SessionID
    let principal: Principal
    var ledger: SessionLedger
    var lease: Lease
    /// What its timer is set for.
    var deadline: Instant?
    /// Whether it has left memory: then late outcomes are dropped.
    var isGone = false

    init(_ ledger: SessionLedger, under lease: Lease) {
        (id, principal) = (ledger.record.id, ledger.record.principal)
        (self.ledger, self.lease) = (ledger, lease)
    }
}

/// A connection as the server knows it.
final class Peer {
    let line: Line
    let id: ConnectionID
    let token: Int
    /// Its place in the order of all connections, as the store issued it.
    let generation: Generation
    /// Its true place in that order.
    let order: UInt64
    var layer: InitializeRequest.Layer?
    var hasSpoken = false
    /// The sessions that it is attached to.
    var watches: [SessionID: HostedSession] = [:]
    var outgoing: [(bytes: ByteBuffer, entry: (SessionID, Seq)?)] = []
    var bytesQueued = 0
    var lagging: Set<SessionID> = []
    /// Of the sessions of which entries were dropped, the answers that wait until those are replayed.
    var held: [SessionID: [Message]] = [:]
    var whenDrained: [() throws(Violation) -> Void] = []
    var asked: [RequestKey: RequestID] = [:]
    var questions: [RequestID: (SessionID, RequestKey)] = [:]
    var replayed: Int64 = 0
    var isOpen = false
    var heardAt: Instant
    /// What it said and what is not dealt with yet: a request that waits for the disk holds up those behind it.
    var inbox: [Message] = []
    var isBusy = false

    init(line: Line, token: Int, generation: Generation, heardAt: Instant) {
        (self.line, self.token, self.generation, self.heardAt) = (line, token, generation, heardAt)
        id = ConnectionID(rawValue: line.id)
        order = line.client.world.number()
    }

    var principal: Principal { line.principal }
    /// The sessions that it is attached to, in an order that is the same in each run.
    var watched: [HostedSession] { watches.values.sorted { $0.id < $1.id } }
}

/// What dies with a server's process.
final class Process {
    /// Goes on with a session that was found, or hears that it was not.
    typealias Waiter = (Server.Found) throws(Violation) -> Void

    let number: Int
    var registry = SessionRegistry<HostedSession, Waiter>()
    /// So few places that there is a queue, and that it is full at times.
    var admission = AttachAdmission(attachingMaximum: 2, waitingMaximum: 2)
    /// The attaches that wait for a place.
    var arrivals: [AttachAdmission.Waiter: (line: UInt64, begin: Server.Step)] = [:]
    /// Whether places are being given.
    var isGiving = false
    var table = ConnectionTable<Peer>()
    var peers: [UInt64: Peer] = [:]
    var agents: [TurnID: AgentRun] = [:]
    /// Runs that wait for an answer.
    var waiting: [CorrelationID: AgentRun] = [:]
    /// Runs of whose words the ledger has not said yet that they are durable.
    var emitted: [CorrelationID: AgentRun] = [:]
    /// Signs of life that are not on the disk yet.
    var seen: [SessionID: Instant] = [:]
    var servedWritten: Instant

    init(number: Int, servedWritten: Instant) {
        (self.number, self.servedWritten) = (number, servedWritten)
    }

    /// The peers in an order that is the same in each run.
    var peersInOrder: [Peer] { peers.values.sorted { $0.line.id < $1.line.id } }
    /// The sessions in memory, in an order that is the same in each run.
    var sessions: [HostedSession] { registry.all.sorted { $0.id < $1.id } }
}
