/// What happened to a connection of a proxy; each has a number, in the order of their coming.
public enum ProxyEvent: Hashable, Sendable, CustomStringConvertible {
    /// It leads to the upstream, which sees it come from that address.
    case opened(Int, from: String?)
    /// The upstream does not answer, and the client's connection is closed.
    case unreachable(Int, reason: String)
    /// It was closed or answered with a login page, as the plan says.
    case turnedAway(Int)
    /// It has ended, and so many bytes had gone each way.
    case ended(Int, toClient: Int, toServer: Int)

    /// The event as a line for people.
    public var description: String {
        switch self {
        case .opened(let number, let source): "#\(number) opened\(source.map { " from \($0)" } ?? "")"
        case .unreachable(let number, let reason): "#\(number) the server cannot be reached: \(reason)"
        case .turnedAway(let number): "#\(number) turned away"
        case .ended(let number, let toClient, let toServer):
            "#\(number) ended: \(toClient) bytes to the client, \(toServer) to the server"
        }
    }
}

/// What a proxy has carried since its start.
public struct ProxyTraffic: Hashable, Sendable {
    /// How many connections were accepted.
    public var accepted = 0
    /// How many connections lead to the upstream now.
    public var open = 0
    /// How many bytes went to clients.
    public var bytesToClients = 0
    /// How many bytes went to the upstream.
    public var bytesToServer = 0
}
