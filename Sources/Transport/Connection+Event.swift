public import NIOCore
public import Wire

extension Connection {
    /// An event of a connection.
    public enum Event: Sendable {
        /// Messages arrived: all those of one read, unless they are many, or were compressed and are very long together.
        case received([Message])
        /// A client has sent a message that is no JSON, or no JSON-RPC. The server that owns the connection sends the
        /// error, with the id `null`, in its turn and within its bounds, like every other answer.
        case undecodable(RPCError)
        /// A ping, a pong, a close frame or a part of a message arrived: the peer is, or was until now, alive.
        case alive
        /// The channel became writable or unwritable: see ``Connection/isWritable``.
        case writabilityChanged
        /// The connection ended; no event follows.
        case closed(Closure)
    }

    /// The role: a client masks its frames (RFC 6455 §5.3), a server sends pings.
    public enum Role: Sendable {
        /// The side that opened the connection.
        case client
        /// The side that accepted the connection, with the time between its pings.
        case server(pingInterval: TimeAmount)
    }
}
