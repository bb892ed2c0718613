import Platform

/// The address of a server: a URL or the path of a Unix domain socket.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// How the server is reached.
    public enum Address: Hashable, Sendable {
        /// TCP, by host name or IP address, and port.
        case host(String, port: Int)
        /// A Unix domain socket, by its absolute path.
        case unix(path: String)
    }

    /// The host and port, or the socket's path.
    public var address: Address
    /// Whether the connection uses TLS: `wss` instead of `ws`.
    public var isSecure: Bool

    /// The path of the ACP endpoint, the same on every server.
    public static let path = "/acp"

    /// Creates an endpoint from its parts.
    public init(address: Address, isSecure: Bool = false) {
        self.address = address
        self.isSecure = isSecure
    }

    /// Parses `ws://HOST[:PORT]`, `wss://HOST[:PORT]`, either optionally followed by `/acp`, or `unix:PATH`.
    ///
    /// - Returns: `nil` when the text is none of these. There is no place for a token.
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
        // The host's characters are checked, so that neither a token nor a query can become part of a name.
        guard let place = HostPort(parsing: rest) else { return nil }
        self.init(
            address: .host(place.host, port: place.port ?? (scheme == "wss" ? 443 : 80)), isSecure: scheme == "wss")
    }

    /// The canonical text; also the key under which the server's sessions and token are stored.
    public var description: String {
        switch address {
        case .unix(let path): return "unix:\(path)"
        case .host(let host, let port): return "\(isSecure ? "wss" : "ws")://\(HostPort(host, port))"
        }
    }

    /// Whether the server is on this machine, as far as the address or name tells; see `PeerCheck` for the real check.
    public var isLocal: Bool {
        switch address {
        case .unix: true
        case .host(let host, _): HostIdentity(host).isLoopback
        }
    }
}
