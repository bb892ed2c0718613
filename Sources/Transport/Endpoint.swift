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
        do throws(Fault) { try self.init(parsing: text) } catch { return nil }
    }

    /// Why a text is no address of a server, in one sentence. It does not repeat what may be a password.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The sentence.
        public let description: String
    }

    /// Parses an address as ``init(_:)`` does.
    ///
    /// - Throws: ``Fault``, with what is wrong and how to write it.
    public init(parsing text: String) throws(Fault) {
        if text.lowercased().hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            guard path.hasPrefix("/") else {
                throw Fault(description: "unix: needs an absolute path: write it like unix:/run/belay/socket")
            }
            self.init(address: .unix(path: String(path)))
            return
        }
        let separator = text.firstRange(of: "://")
        let scheme = separator.map { text[..<$0.lowerBound].lowercased() }
        guard let separator, scheme == "ws" || scheme == "wss" else {
            throw Fault(description: "an address begins with ws://, wss:// or unix:")
        }
        var rest = text[separator.upperBound...]
        var path = Substring()
        if let end = rest.firstIndex(where: { "/?#".contains($0) }) { (path, rest) = (rest[end...], rest[..<end]) }
        // The authority is checked first, so that no part of a password is taken for a path.
        let place = try Endpoint.place(rest, isPasswordBehind: path.contains("@"))
        guard path.isEmpty || path == "/" || path == Endpoint.path else {
            throw Fault(
                description: "behind \(place) nothing may follow but \(Endpoint.path): there is no other path or query")
        }
        self.init(
            address: .host(place.host, port: place.port ?? (scheme == "wss" ? 443 : 80)), isSecure: scheme == "wss")
    }

    /// The host and port of an address. The host's characters are checked, so that neither a token nor a query can
    /// become part of a name.
    private static func place(_ text: Substring, isPasswordBehind: Bool) throws(Fault) -> HostPort {
        guard !text.contains("@"), !isPasswordBehind else {
            throw Fault(
                description: "an address must not have a user or a password: store the token with belay login")
        }
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Fault(description: "a host name has ASCII characters only: write an international one as xn--…")
        }
        guard let place = HostPort(authority: text) else {
            throw Fault(
                description: "the host or port is invalid: write them like wss://host:port, an IPv6 address in brackets"
            )
        }
        guard place.port != 0 else { throw Fault(description: "the port must be 1 to 65535") }
        return place
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
