/// An event of a proxied connection; connections are numbered in order of arrival.
public enum ProxyEvent: Hashable, Sendable, CustomStringConvertible {
    /// The connection to the upstream is open, from this source address.
    case opened(Int, from: String?)
    /// The upstream cannot be reached, and the client's connection is closed.
    case unreachable(Int, reason: String)
    /// The connection was closed or answered with a login page, as the plan says.
    case turnedAway(Int)
    /// The connection has ended, after this many bytes in each direction.
    case ended(Int, toClient: Int, toServer: Int)

    /// The event as one line, for the user.
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
    /// The number of connections that were accepted.
    public var accepted = 0
    /// The number of connections to the upstream that are open.
    public var open = 0
    /// The number of bytes sent to clients.
    public var bytesToClients = 0
    /// The number of bytes sent to the upstream.
    public var bytesToServer = 0
}
