import Platform

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
        // A host has no characters that neither a name nor an address has: no token and no query gets into a name.
        guard let place = HostPort(parsing: rest) else { return nil }
        self.init(
            address: .host(place.host, port: place.port ?? (scheme == "wss" ? 443 : 80)), isSecure: scheme == "wss")
    }

    /// The endpoint as it is written; also the name under which its sessions and its token are kept.
    public var description: String {
        switch address {
        case .unix(let path): return "unix:\(path)"
        case .host(let host, let port): return "\(isSecure ? "wss" : "ws")://\(HostPort(host, port))"
        }
    }

    /// Whether it is on this machine, as far as its address or name tells.
    public var isLocal: Bool {
        switch address {
        case .unix: true
        case .host(let host, _): HostIdentity(host).isLoopback
        }
    }
}
