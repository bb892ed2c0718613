import Glibc

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
        } else if let (host, port) = Upstream.hostAndPort(text) {
            self = .tcp(host: host, port: port)
        } else {
            return nil
        }
    }

    /// Splits `HOST:PORT` or `[V6]:PORT`.
    ///
    /// - Returns: `nil` when one of the two is missing or the port is no number that a port can have.
    public static func hostAndPort(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let digits = text[text.index(after: colon)...]
        guard !host.isEmpty, !host.contains("/"), !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        return (String(host), port)
    }

    /// The upstream as it is written.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): FaultProxy.written(host, port)
        }
    }

    /// Whether the server is on this machine, where every address of 127.0.0.0/8 can be the source of a connection.
    public var isOnLoopback: Bool {
        switch self {
        case .unix: false
        case .tcp("localhost", _): true
        // A name may begin with the same digits and be anywhere.
        case .tcp(let host, _): Upstream.isLoopback(host)
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        var bytes: [UInt8] = [0, 0, 0, 0]
        return inet_pton(AF_INET, host, &bytes) == 1 && bytes[0] == 127
    }
}
