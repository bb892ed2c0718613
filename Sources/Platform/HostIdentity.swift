import Glibc

/// What the host of an address is: an IP address or a name. It is decided here and nowhere else, for everything that
/// hangs on it: what a certificate has to hold (RFC 9525), what SNI says (RFC 6066 §3), how it is written, and what is
/// this machine.
public enum HostIdentity: Hashable, Sendable {
    /// An IP address: four bytes or sixteen, in the network's order, without a zone.
    case address([UInt8])
    /// A name, without the dot that may stand behind it.
    case name(String)

    /// Reads a host as it stands in an address, without brackets. What inet_pton(3) does not take is a name, however
    /// many digits it has: `9front.example`, `127.1` and `127.0.0.999` are names.
    public init(_ host: String) {
        if let bytes = HostIdentity.bytes(of: host, AF_INET, count: 4) {
            self = .address(bytes)
            return
        }
        // Only an address has a zone, and it says nothing about who is there (RFC 4007 §11).
        let percent = host.firstIndex(of: "%") ?? host.endIndex
        if let bytes = HostIdentity.bytes(of: String(host[..<percent]), AF_INET6, count: 16) {
            self = .address(bytes)
            return
        }
        self = .name(host.hasSuffix(".") ? String(host.dropLast()) : host)
    }

    /// Whether it is this machine: 127.0.0.0/8, also inside of IPv6, ::1, and `localhost`. Where a name leads is known
    /// only when a connection is there.
    public var isLoopback: Bool {
        switch self {
        case .name(let name): name.lowercased() == "localhost"
        case .address(let bytes):
            switch bytes.count {
            case 4: bytes[0] == 127
            default:
                bytes == HostIdentity.loopback6
                    || (bytes.starts(with: HostIdentity.mapped) && bytes[HostIdentity.mapped.count] == 127)
            }
        }
    }

    /// The one way to write it: names in lower case (RFC 4343 §3), IPv6 addresses as RFC 5952 §4 has them, without
    /// brackets.
    public var text: String {
        switch self {
        case .name(let name): return name.lowercased()
        case .address(let bytes):
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// ::1.
    private static let loopback6: [UInt8] = Array(repeating: 0, count: 15) + [1]
    /// ::ffff:0:0/96, where IPv4 addresses are inside of IPv6.
    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    private static func bytes(of text: String, _ family: Int32, count: Int) -> [UInt8]? {
        // A C string ends at a NUL, and what stands behind one would not be looked at.
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}
