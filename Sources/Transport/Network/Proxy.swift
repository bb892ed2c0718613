import Platform
import Wire

/// A proxy in front of servers.
public struct Proxy: Hashable, Sendable, CustomStringConvertible {
    /// The protocol of a proxy.
    public enum Kind: Hashable, Sendable {
        /// HTTP, with CONNECT (RFC 9110 §9.3.6).
        case http
        /// SOCKS 5 without authentication (RFC 1928).
        case socks
    }

    /// The protocol that it is asked with.
    public var kind: Kind
    /// The proxy's host and port as given.
    var place: HostPort
    /// The port, 80 for HTTP and 1080 for SOCKS unless given.
    public var port: Int { place.port ?? (kind == .http ? 80 : 1_080) }
    /// The value of `Proxy-Authorization`; `nil` for none. It is never shown.
    public var authorization: String?

    /// Why a text names no proxy that can be used, as it follows the variable's name. It never repeats the text, which
    /// may hold a password.
    struct Fault: Error, Hashable {
        let sentence: String

        static let malformed = Fault(sentence: "must be like http://HOST:PORT or socks5://HOST:PORT")
    }

    /// Parses `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/…]`.
    ///
    /// - Returns: `nil` when the text is malformed or names an unsupported kind of proxy.
    public init?(_ text: String) {
        do throws(Fault) { try self.init(parsing: text) } catch { return nil }
    }

    init(parsing text: String) throws(Fault) {
        var rest = Substring(text)
        kind = .http
        if let separator = rest.firstRange(of: "://") {
            switch rest[..<separator.lowerBound].lowercased() {
            case "http": kind = .http
            case "socks", "socks5", "socks5h": kind = .socks
            case "https", "socks4", "socks4a":
                throw Fault(
                    sentence: "names a proxy of the kind \(rest[..<separator.lowerBound].lowercased()), which is not"
                        + " supported: it must be like http://HOST:PORT or socks5://HOST:PORT")
            default: throw .malformed
            }
            rest = rest[separator.upperBound...]
        }
        // A path behind the authority means nothing to a proxy; a password may have a slash.
        let authority = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        if let slash = authority.firstIndex(of: "/") { rest = rest[..<slash] }
        if let at = rest.lastIndex(of: "@") {
            guard kind == .http else {
                throw Fault(
                    sentence: "has a user for a SOCKS proxy (RFC 1929), which is not supported: use one without")
            }
            let user = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                .map { Proxy.decoded($0.utf8) }
            let credentials = Array((user + [[]]).prefix(2).joined(separator: [UInt8(ascii: ":")]))
            authorization = "Basic \(Base64URL.standard(credentials))"
            rest = rest[rest.index(after: at)...]
        }
        guard let place = HostPort(authority: rest) else { throw .malformed }
        self.place = place
    }

    /// Decodes `%XX` (RFC 3986 §2.1).
    private static func decoded(_ text: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// The host and port, without the password.
    public var description: String { "\(HostPort(place.host, port))" }
}

/// The proxies of the environment, by the conventions of curl(1).
public struct Proxies: Hashable, Sendable {
    /// The value of one proxy variable.
    private enum Setting: Hashable, Sendable {
        case proxy(Proxy)
        /// Set, but not a proxy that can be used: the variable's name as it was set, and why.
        case unusable(String, Proxy.Fault)
    }

    private var settings: [String: Setting] = [:]
    private var exceptions: [Exception] = []

    /// No proxies at all.
    public init() {}

    /// Reads `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`; the lower-case names take precedence, and an empty
    /// variable counts as unset.
    public init(environment: [String: String]) {
        let environment = environment.filter { !$0.value.isEmpty }
        for name in ["https_proxy", "http_proxy", "all_proxy"] {
            // CGI passes a client's `Proxy:` header as `HTTP_PROXY` (httpoxy), so it is not trusted there.
            let isTainted = name == "http_proxy" && environment["REQUEST_METHOD"] != nil
            let names = isTainted ? [name] : [name, name.uppercased()]
            guard let set = names.first(where: { environment[$0] != nil }), let text = environment[set] else {
                continue
            }
            do throws(Proxy.Fault) { settings[name] = .proxy(try Proxy(parsing: text)) } catch {
                settings[name] = .unusable(set, error)
            }
        }
        exceptions = (environment["no_proxy"] ?? environment["NO_PROXY"] ?? "")
            .split { $0 == "," || $0.isWhitespace }.map { Exception($0) }
    }

    /// The proxy for a server; `nil` when the connection is direct.
    ///
    /// Servers on this machine are always reached directly.
    ///
    /// - Throws: ``DialError`` when the variable is malformed. Its value may hold a password and is not in the message.
    public func proxy(for endpoint: Endpoint) throws(DialError) -> Proxy? {
        guard case .host(let host, let port) = endpoint.address, !endpoint.isLocal else { return nil }
        let identity = HostIdentity(host)
        guard !exceptions.contains(where: { $0.matches(identity, port) }) else { return nil }
        for name in [endpoint.isSecure ? "https_proxy" : "http_proxy", "all_proxy"] {
            switch settings[name] {
            case .proxy(let proxy): return proxy
            case .unusable(let variable, let fault):
                throw .unreachable(
                    "the variable \(variable) \(fault.sentence): correct it, or list \(host) in no_proxy")
            case nil: continue
            }
        }
        return nil
    }

    /// One item of `no_proxy`.
    private enum Exception: Hashable, Sendable {
        case everything
        /// Every host, at one port.
        case port(Int)
        /// A network: an address and the length of its prefix.
        case network([UInt8], bits: Int)
        /// A domain and its subdomains, at one port or at every port.
        case domain(String, port: Int?)

        init(_ text: Substring) {
            let parts = text.split(separator: "/", maxSplits: 1)
            let bare = parts.first.map { $0.hasPrefix("[") && $0.hasSuffix("]") ? $0.dropFirst().dropLast() : $0 } ?? ""
            if text == "*" {
                self = .everything
            } else if text.hasPrefix("*:"), let port = Int(text.dropFirst(2)) {
                self = .port(port)
            } else if parts.count == 2, case .address(let bytes) = HostIdentity(String(bare)),
                let bits = Int(parts[1]),
                (0...bytes.count * 8).contains(bits)
            {
                self = .network(bytes, bits: bits)
            } else if case .address(let bytes) = HostIdentity(String(text)) {
                self = .network(bytes, bits: bytes.count * 8)
            } else {
                let place = HostPort(parsing: text.drop { $0 == "." || $0 == "*" })
                if let place, case .address(let bytes) = HostIdentity(place.host), place.port == nil {
                    self = .network(bytes, bits: bytes.count * 8)
                } else {
                    self = .domain(place?.host ?? text.lowercased(), port: place?.port)
                }
            }
        }

        func matches(_ host: HostIdentity, _ port: Int) -> Bool {
            switch (self, host) {
            case (.everything, _): true
            case (.port(let only), _): only == port
            case (.network(let bytes, let bits), .address(let address)):
                address.count == bytes.count
                    && (0..<bits).allSatisfy { (address[$0 / 8] ^ bytes[$0 / 8]) & (0x80 >> ($0 % 8)) == 0 }
            case (.domain(let domain, let only), let host):
                (only ?? port) == port && (host.text == domain || host.text.hasSuffix(".\(domain)"))
            case (.network, .name): false
            }
        }
    }
}
