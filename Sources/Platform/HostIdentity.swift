import Glibc

/// The host of an address: an IP address or a DNS name. Decided in one place for everything that depends on it: which
/// name a certificate must have (RFC 9525), SNI (RFC 6066 §3), the canonical spelling, and loopback.
public enum HostIdentity: Hashable, Sendable {
    /// An IP address: four or sixteen bytes in network byte order, without a zone.
    case address([UInt8])
    /// A DNS name, without a trailing dot.
    case name(String)

    /// Parses a host without brackets. What inet_pton(3) rejects is a name, however many digits it has:
    /// `9front.example`, `127.1` and `127.0.0.999` are names.
    public init(_ host: String) {
        if let bytes = HostIdentity.bytes(of: host, AF_INET, count: 4) {
            self = .address(bytes)
            return
        }
        // Only an address has a zone, which is not part of the peer's identity (RFC 4007 §11).
        let percent = host.firstIndex(of: "%") ?? host.endIndex
        if let bytes = HostIdentity.bytes(of: String(host[..<percent]), AF_INET6, count: 16) {
            self = .address(bytes)
            return
        }
        self = .name(host.hasSuffix(".") ? String(host.dropLast()) : host)
    }

    /// Whether it is a loopback address: 127.0.0.0/8, also IPv4-mapped and in the short forms of inet_aton(3) that a
    /// resolver takes, ::1, or the name `localhost` or one below it (RFC 6761 §6.3). Other names are not resolved here,
    /// and are not loopback.
    public var isLoopback: Bool {
        switch self {
        case .name(let name):
            name.lowercased() == "localhost" || name.lowercased().hasSuffix(".localhost")
                || HostIdentity.shortAddress(name) == 127
        case .address(let bytes):
            switch bytes.count {
            case 4: bytes[0] == 127
            default:
                bytes == HostIdentity.loopback6
                    || (bytes.starts(with: HostIdentity.mapped) && bytes[HostIdentity.mapped.count] == 127)
            }
        }
    }

    /// The canonical spelling: names in lower case (RFC 4343 §3), IPv6 addresses by RFC 5952 §4, without brackets.
    public var text: String {
        switch self {
        case .name(let name): return name.lowercased()
        case .address(let bytes):
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// The first byte of an IPv4 address in a short form, such as `127.1` or `0x7f000001`; `nil` for a name.
    private static func shortAddress(_ name: String) -> UInt8? {
        // inet_aton(3) accepts white space and whatever follows it.
        guard name.utf8.first.map({ (0x30...0x39).contains($0) }) == true, !name.utf8.contains(where: { $0 <= 0x20 })
        else { return nil }
        var address = in_addr()
        guard inet_aton(name, &address) != 0 else { return nil }
        return UInt8(truncatingIfNeeded: UInt32(bigEndian: address.s_addr) >> 24)
    }

    /// The address ::1.
    private static let loopback6: [UInt8] = Array(repeating: 0, count: 15) + [1]
    /// The prefix ::ffff:0:0/96 of IPv4-mapped addresses.
    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    private static func bytes(of text: String, _ family: Int32, count: Int) -> [UInt8]? {
        // inet_pton(3) would stop at a NUL and accept whatever follows it.
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}
