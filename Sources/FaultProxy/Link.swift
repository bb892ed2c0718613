import NIOCore

/// A proxied connection: its two channels, and the lane of each direction.
struct Link {
    /// One end of the connection, with the lane of the bytes that are read there.
    struct Port {
        /// The channel; `nil` while the upstream is being dialled.
        var channel: (any Channel)?
        /// The bytes that were read here and are to be written to the other end.
        var lane = Lane()
        /// How many bytes that were read here were written to the other end.
        var bytesPassed = 0
        /// Whether a read was requested and has not completed.
        var isReading = false
        /// The timer at which the lane is asked again.
        var wake: Scheduled<Void>?
        /// Whether the channel is closed in both directions.
        var isClosed = false
    }

    var client: Port
    var server: Port
    /// Whether the plan has cut the connection at an exact byte: further bytes are dropped.
    var isCut = false

    /// Creates a connection whose upstream is still to be dialled. What the client sends meanwhile is kept: when the
    /// client has closed, NIO delivers it without a read request.
    init(client: any Channel) {
        self.client = Port(channel: client)
        self.server = Port(channel: nil)
    }

    /// Whether no event can follow any more.
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

    /// Applies a plan.
    ///
    /// - Parameter resetsCut: Whether the count of bytes to the client starts again.
    mutating func follow(_ plan: FaultPlan, resetsCut: Bool) {
        for side in [Side.client, .server] {
            self[side].lane.isBlackholed = plan.isBlackhole(towards: side.direction)
            self[side].lane.latency = Int64(plan.latency / .nanoseconds(1))
            self[side].lane.bytesPerSecond = plan.bytesPerSecond
        }
        if resetsCut { server.lane.bytesUntilCut = plan.bytesToClientMaximum }
    }
}
