import NIOCore

/// One proxied connection: its two channels and the lanes between them.
struct Link {
    /// One end.
    struct Port {
        /// Its channel; `nil` while the upstream is being dialled.
        var channel: (any Channel)?
        /// What was read here and goes to the other end.
        var lane = Lane()
        /// How many bytes that were read here were written to the other end.
        var bytesPassed = 0
        /// Whether a read was asked for and has not come back.
        var isReading = false
        /// The time at which the lane is looked at again.
        var wake: Scheduled<Void>?
        /// Whether the end is closed, both ways.
        var isClosed = false
    }

    var client: Port
    var server: Port
    /// Set when the plan has cut the connection behind an exact byte: what still comes is thrown away.
    var isCut = false

    /// A connection whose upstream is yet to be dialled. What the client sends meanwhile is kept: when it has closed
    /// as well, NIO delivers that even though nobody has asked for a read.
    init(client: any Channel) {
        self.client = Port(channel: client)
        self.server = Port(channel: nil)
    }

    /// Whether nothing can come any more.
    var isOver: Bool { client.isClosed && (server.isClosed || server.channel == nil) }

    subscript(_ side: Side) -> Port {
        get { side == .client ? client : server }
        set {
            switch side {
            case .client: client = newValue
            case .server: server = newValue
            }
        }
    }

    /// Does as the plan says from now on.
    ///
    /// - Parameter resetsCut: Whether the count of bytes to the client begins anew.
    mutating func follow(_ plan: FaultPlan, resetsCut: Bool) {
        for side in [Side.client, .server] {
            self[side].lane.isBlackholed = plan.isBlackhole(towards: side.direction)
            self[side].lane.latency = Int64(plan.latency / .nanoseconds(1))
            self[side].lane.bytesPerSecond = plan.bytesPerSecond
        }
        if resetsCut { server.lane.bytesUntilCut = plan.bytesToClientMaximum }
    }
}
