/// A host and an optional port, as in the authority of a URI (RFC 3986 §3.2): for dialing, the `Host` header, names of
/// servers and log lines.
public struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// The host without brackets in its canonical spelling (``HostIdentity/text``), followed by `%` and the zone for a
    /// scoped IPv6 address (RFC 4007 §11).
    public var host: String
    /// The port, 0…65535; `nil` when none is given.
    public var port: Int?

    /// Combines a host, which is brought into its canonical spelling, and a port.
    public init(_ host: String, _ port: Int? = nil) {
        let zone = host.contains(":") ? host.firstIndex(of: "%").map { host[$0...] } ?? "" : ""
        self.host = HostIdentity(host).text + zone
        self.port = port
    }

    /// Parses `HOST`, `HOST:PORT`, `[V6]` or `[V6]:PORT`.
    ///
    /// - Returns: `nil` for anything else: an IPv6 address needs brackets, since the part behind its last colon could
    ///   be a port, and a host must have only the characters of names and addresses.
    public init?(parsing text: some StringProtocol) {
        var host = Substring(text)
        var port: Substring?
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let behind = host[host.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else { return nil }
            port = behind.isEmpty ? nil : behind.dropFirst()
            host = HostPort.withDecodedZone(host[..<end].dropFirst())
            guard HostPort.isAddress6(host) else { return nil }
        } else {
            if let colon = host.firstIndex(of: ":") {
                port = host[host.index(after: colon)...]
                host = host[..<colon]
            }
            guard HostPort.isName(host) else { return nil }
        }
        guard let port else {
            self.init(String(host))
            return
        }
        guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(port), number <= 65_535
        else { return nil }
        self.init(String(host), number)
    }

    /// Parses the authority of a URI or of a `Host` header, without user information: like ``init(parsing:)``, but a port
    /// may be empty, which means the default (RFC 3986 §3.2.3).
    public init?(authority text: some StringProtocol) {
        let text = Substring(text)
        self.init(parsing: text.hasSuffix(":") && !text.hasSuffix("::") ? text.dropLast() : text)
    }

    /// The text form, with brackets around an IPv6 address (RFC 3986 §3.2.2).
    public var description: String {
        var written = host
        if host.contains(":") {
            // A zone that begins with 25 would be read as an encoded one.
            let isAmbiguous = host.firstRange(of: "%25") != nil
            written = "[\(isAmbiguous ? host.replacing("%", with: "%25") : host)]"
        }
        return port.map { "\(written):\($0)" } ?? written
    }

    /// For the `Host` header: without the zone, which has no meaning outside of this machine (RFC 6874 §4).
    public var withoutZone: HostPort {
        guard host.contains(":") else { return self }
        return HostPort(String(host.prefix { $0 != "%" }), port)
    }

    private static func isAddress6(_ host: Substring) -> Bool {
        let zone = host.firstIndex(of: "%").map { host[host.index(after: $0)...] }
        guard case .address(let bytes) = HostIdentity(String(host)), bytes.count == 16 else { return false }
        return zone.map { hasNameCharacters($0) } ?? true
    }

    /// The address with `%` before its zone, which a URI writes as `%25` (RFC 6874 §2).
    private static func withDecodedZone(_ host: Substring) -> Substring {
        guard let mark = host.firstRange(of: "%25"), mark.upperBound < host.endIndex else { return host }
        return host[..<mark.lowerBound] + "%" + host[mark.upperBound...]
    }

    /// Whether it is a DNS name or an IPv4 address: labels of 1 to 63 characters, and perhaps a dot behind the last
    /// (RFC 1035 §2.3.4).
    private static func isName(_ host: Substring) -> Bool {
        let labels = (host.hasSuffix(".") ? host.dropLast() : host).split(
            separator: ".", omittingEmptySubsequences: false)
        return hasNameCharacters(host) && labels.allSatisfy { (1...63).contains($0.utf8.count) }
    }

    /// Whether the text has only characters of DNS names, IPv4 addresses and zones.
    private static func hasNameCharacters(_ host: Substring) -> Bool {
        (1...255).contains(host.utf8.count)
            && host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }
}
