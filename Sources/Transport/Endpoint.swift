/// Where a server is.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// How it is reached.
    public enum Address: Hashable, Sendable {
        /// By name or address, and port.
        case host(String, port: Int)
        /// By the path of a Unix domain socket.
        case unix(path: String)
    }

    /// How it is reached.
    public var address: Address
    /// Whether the connection is encrypted.
    public var isSecure: Bool

    /// The path of every server's endpoint.
    public static let path = "/acp"

    /// An endpoint.
    public init(address: Address, isSecure: Bool = false) {
        self.address = address
        self.isSecure = isSecure
    }

    /// Reads `ws://HOST[:PORT]`, `wss://HOST[:PORT]`, either with `/acp` behind it, or `unix:PATH`.
    ///
    /// - Returns: `nil` when the text is none of these. A token never stands in it.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            guard path.hasPrefix("/") else { return nil }
            self.init(address: .unix(path: String(path)))
            return
        }
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "ws" || scheme == "wss" else { return nil }
        var rest = text[separator.upperBound...]
        if let slash = rest.firstIndex(of: "/") {
            guard rest[slash...] == "/" || rest[slash...] == Endpoint.path else { return nil }
            rest = rest[..<slash]
        }
        guard let (host, port) = Endpoint.hostAndPort(rest) else { return nil }
        self.init(address: .host(host, port: port ?? (scheme == "wss" ? 443 : 80)), isSecure: scheme == "wss")
    }

    /// Splits `HOST:PORT`, `[V6]:PORT` or `HOST`.
    public static func hostAndPort(_ text: some StringProtocol) -> (host: String, port: Int?)? {
        var host = Substring(text)
        var port: Int?
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            let behind = host[host.index(after: end)...]
            if !behind.isEmpty {
                guard behind.hasPrefix(":"), let number = Int(behind.dropFirst()) else { return nil }
                port = number
            }
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.lastIndex(of: ":") {
            guard let number = Int(host[host.index(after: colon)...]) else { return nil }
            port = number
            host = host[..<colon]
        }
        guard !host.isEmpty, !host.contains("@"), port.map({ (0...65_535).contains($0) }) ?? true else { return nil }
        return (String(host), port)
    }

    /// The endpoint as it is written; also the name under which its sessions and its token are kept.
    public var description: String {
        switch address {
        case .unix(let path): return "unix:\(path)"
        case .host(let host, let port):
            let name = host.contains(":") ? "[\(host)]" : host
            return "\(isSecure ? "wss" : "ws")://\(name):\(port)"
        }
    }

    /// Whether only programs on this machine can reach it.
    public var isLocal: Bool {
        switch address {
        case .unix: true
        case .host(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }
}
