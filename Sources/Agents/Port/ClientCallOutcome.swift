public import Wire

/// A client of the session's user that does something for the agent, such as the one that has a terminal.
public struct ClientPeer: Hashable, Sendable {
    /// Its name, which it keeps when it comes back over another connection.
    public var name: String

    /// Names a client.
    public init(_ name: String) { self.name = name }
}

/// What became of a method of a client that an agent called (``AgentHost/call(_:_:of:)``).
public enum ClientCallOutcome: Hashable, Sendable {
    /// No client of the user offers the method: the agent's host does it itself.
    case nobody
    /// The client has done it, and answered with the method's result.
    case done(JSON, by: ClientPeer)
    /// The client, or the server before it, has refused.
    case refused(RPCError)
    /// The client went away, and did not come back in time: whether it has done it is not known.
    case gone
}
