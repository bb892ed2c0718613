import Ledger
import NIOCore
import Sync
import Wire

/// One connection: what each side says arrives whole and in order, as late as the network makes it, until the line is
/// cut behind some byte.
final class Line {
    /// What travels.
    enum Payload {
        /// The upgrade request, and whether a proxy in between strips `Belay-Initialize`.
        case upgrade(ByteBuffer, token: Int, isStripped: Bool)
        /// The 101.
        case accepted(greeted: Bool)
        /// An answer instead of the 101.
        case refused(Refusal)
        /// A message.
        case text(ByteBuffer)
        /// A message that is compressed; the network inflates it before it hands it over.
        case deflated(ByteBuffer)
        /// A close frame.
        case close(Closure)

        /// How many bytes it has on the wire, with its header.
        var bytes: Int {
            switch self {
            case .upgrade(let hello, _, _): 300 + hello.readableBytes * 4 / 3
            case .accepted: 160
            case .refused: 240
            case .text(let text), .deflated(let text): text.readableBytes + (text.readableBytes < 126 ? 2 : 4)
            case .close: 8
            }
        }
    }

    /// One direction.
    final class Way {
        var waiting: [(payload: Payload, due: Instant)] = []
        var isBlackholed = false
        /// How much later than the network's latency bytes arrive.
        var delay = Duration.zero
        /// After how many more bytes the line is cut.
        var bytesUntilCut: Int?
        var lastDue = Instant(nanoseconds: 0)
        var bytesWaiting = 0
        /// What compresses its messages, as long as there is the line; `nil` where that was not agreed on.
        let deflation: Deflation?

        init(_ deflation: Deflation?) { self.deflation = deflation }
    }

    /// Which way.
    enum Direction: CaseIterable { case toClient, toServer }

    /// How much the socket takes before it is not writable, in bytes.
    static let windowBytes = 8 << 10

    // Both have lines of their own, and stay until the world ends: held from here they would outlive it, and with them
    // the compressors of the lines that are open in the end.
    unowned let client: Client
    let generation: Int
    let id: UInt64
    unowned let server: Server
    /// The user whose token was sent.
    let principal: Principal
    /// The last entry that has come to the client, or that it was told to skip.
    var received: Seq = 0
    /// How often the disk had been restored when it began.
    let restores: Int
    let toClient: Way
    let toServer: Way
    /// Whether nothing passes any more, whatever the sides believe.
    var isDead = false

    /// The generations of lines that are not the client's own: a copy of one, and one of another user.
    static let (ghost, stranger) = (-1, -2)

    init(client: Client, generation: Int, id: UInt64, server: Server, principal: Principal) {
        (self.client, self.generation, self.id) = (client, generation, id)
        (self.server, self.principal, restores) = (server, principal, server.disk.restores)
        let world = client.world
        toClient = Way(world.deflates ? Deflation(.toClient, in: world) : nil)
        toServer = Way(world.deflates ? Deflation(.toServer, in: world) : nil)
    }

    subscript(_ direction: Direction) -> Way { direction == .toClient ? toClient : toServer }

    /// Whether the server's socket takes more.
    var isWritable: Bool { !isDead && toClient.bytesWaiting < Line.windowBytes }
}

/// The network between all clients and the servers.
final class Network {
    /// How late bytes arrive, one way.
    var latency = Duration.milliseconds(5)
    var jitter = Duration.milliseconds(1)
    /// How many bytes a second pass to a client.
    var bytesPerSecond: Int?
    private(set) var lines: [Line] = []
    unowned let world: World

    init(_ world: World) { self.world = world }

    func open(_ client: Client, _ generation: Int, to server: Server, as principal: Principal? = nil) -> Line {
        let line = Line(
            client: client, generation: generation, id: world.number(), server: server,
            principal: principal ?? client.principal)
        lines.append(line)
        return line
    }

    /// Puts something on its way.
    func send(_ payload: Line.Payload, over line: Line, _ direction: Line.Direction) {
        guard !line.isDead else { return }
        let way = line[direction]
        let payload = way.deflation?.deflate(payload) ?? payload
        let bytes = payload.bytes
        var due = world.now + latency + way.delay + world.chance.duration(.zero...jitter)
        if direction == .toClient, let bytesPerSecond {
            due = max(due, way.lastDue) + .microseconds(bytes * 1_000_000 / bytesPerSecond)
        }
        due = max(due, way.lastDue)
        way.lastDue = due
        way.waiting.append((payload, due))
        way.bytesWaiting += bytes
        schedule(line, direction, at: due)
    }

    private func schedule(_ line: Line, _ direction: Line.Direction, at due: Instant) {
        world.schedule.add(at: due) { [self] () throws(Violation) in try deliver(over: line, direction) }
    }

    /// Everything that is due arrives together, as one read brings it.
    private func deliver(over line: Line, _ direction: Line.Direction) throws(Violation) {
        let way = line[direction]
        guard !line.isDead, !way.isBlackholed else { return }
        let count = way.waiting.prefix { $0.due <= world.now }.count
        var arrived: [Line.Payload] = []
        for (payload, _) in way.waiting.prefix(count) {
            let bytes = payload.bytes
            if let left = way.bytesUntilCut {
                guard bytes <= left else {
                    // The rest of the frame never comes, and a frame that is not whole is none.
                    way.waiting.removeFirst(arrived.count)
                    try hand(arrived, over: line, direction)
                    return end(line, isNoticed: (true, true))
                }
                way.bytesUntilCut = left - bytes
            }
            way.bytesWaiting -= bytes
            arrived.append(payload)
        }
        way.waiting.removeFirst(count)
        try hand(arrived, over: line, direction)
        if direction == .toClient, !arrived.isEmpty, line.isWritable { try line.server.drained(line) }
    }

    private func hand(
        _ arrived: [Line.Payload], over line: Line, _ direction: Line.Direction
    ) throws(Violation) {
        guard !arrived.isEmpty else { return }
        // Also what nobody will read: the next message may refer to it.
        let arrived = try line[direction].deflation?.inflate(arrived) ?? arrived
        switch direction {
        case .toClient: try line.client.received(arrived, over: line)
        case .toServer: try line.server.received(arrived, over: line)
        }
    }

    /// The line is no more. Each side may hear of it, or may have to find out.
    func end(_ line: Line, isNoticed: (client: Bool, server: Bool)) {
        guard !line.isDead else { return }
        line.isDead = true
        lines.removeAll { $0 === line }
        let after = world.now + latency
        if isNoticed.client {
            world.schedule.add(at: after) { () throws(Violation) in
                try line.client.closed(line, Closure(code: nil, reason: "the connection ended"))
            }
        }
        if isNoticed.server {
            world.schedule.add(at: after) { () throws(Violation) in try line.server.closed(line.id) }
        }
    }

    /// A side has closed. The other hears of it if the network lets it, behind what was said before.
    func leave(_ line: Line, by client: Bool) {
        guard !line.isDead else { return }
        if client { send(.close(Closure(code: .normal, reason: "")), over: line, .toServer) }
    }

    func heal(_ line: Line) {
        for direction in Line.Direction.allCases {
            (line[direction].delay, line[direction].bytesUntilCut) = (.zero, nil)
            guard line[direction].isBlackholed else { continue }
            line[direction].isBlackholed = false
            schedule(line, direction, at: world.now + latency)
        }
    }
}
