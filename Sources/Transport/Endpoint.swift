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
    ///
    /// - Returns: `nil` when the host has characters that none has; a token or a query never gets into a name.
    public static func hostAndPort(_ text: some StringProtocol) -> (host: String, port: Int?)? {
        var host = Substring(text)
        var port: Substring?
        let isBracketed = host.hasPrefix("[")
        if isBracketed {
            // Brackets stand around an IPv6 address, and a name in them would be written without.
            guard let end = host.firstIndex(of: "]"), host[..<end].dropFirst().contains(":") else { return nil }
            let behind = host[host.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else { return nil }
            port = behind.isEmpty ? nil : behind.dropFirst()
            host = host[..<end].dropFirst()
        } else if let colon = host.lastIndex(of: ":") {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        let marks = isBracketed ? ":.%" : "-._"
        guard !host.isEmpty, host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) || marks.contains($0) })
        else { return nil }
        guard let port else { return (String(host), nil) }
        guard port.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(port), number <= 65_535 else {
            return nil
        }
        return (String(host), number)
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

    /// Whether it is on this machine, as far as its address or name tells.
    public var isLocal: Bool {
        switch address {
        case .unix: true
        case .host(let host, _): HostIdentity(host).isLoopback
        }
    }
}
