import Platform

/// Where a proxy's bytes really go.
public enum Upstream: Hashable, Sendable, CustomStringConvertible {
    /// A TCP server.
    case tcp(host: String, port: Int)
    /// A server on a Unix domain socket.
    case unix(path: String)

    /// Reads `HOST:PORT`, `[V6]:PORT` or `unix:PATH`.
    ///
    /// - Returns: `nil` when the text is none of these.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            guard text.count > "unix:".count else { return nil }
            self = .unix(path: String(text.dropFirst("unix:".count)))
        } else if let place = HostPort(parsing: text), let port = place.port {
            self = .tcp(host: place.host, port: port)
        } else {
            return nil
        }
    }

    /// The upstream as it is written.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "\(HostPort(host, port))"
        }
    }

    /// Whether the server is on this machine, where every address of 127.0.0.0/8 can be the source of a connection.
    public var isOnLoopback: Bool {
        switch self {
        case .unix: false
        case .tcp(let host, _):
            switch HostIdentity(host) {
            case .address(let bytes): bytes.count == 4 && bytes[0] == 127
            case .name: HostIdentity(host).isLoopback
            }
        }
    }
}
