import Platform

/// The address of the server behind a proxy.
public enum Upstream: Hashable, Sendable, CustomStringConvertible {
    /// A TCP server, by host name or IP address.
    case tcp(host: String, port: Int)
    /// A server on a Unix domain socket, by its path.
    case unix(path: String)

    /// Parses `HOST:PORT`, `[V6]:PORT` or `unix:PATH`.
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

    /// The address in the syntax that is parsed.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "\(HostPort(host, port))"
        }
    }

    /// Whether the server is on the loopback interface, so that any address of 127.0.0.0/8 can be the source address.
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
