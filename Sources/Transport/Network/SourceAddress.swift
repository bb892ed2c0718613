import Glibc
public import NIOCore

/// Looks up the source address of a route.
public enum SourceAddress {
    /// The source address that a new connection would have, as ``NIOCore/SocketAddress/ipAddress`` writes it.
    ///
    /// The kernel looks up the route when a UDP socket is connected; no packet is sent.
    ///
    /// - Returns: `nil` when there is no route, and for a Unix domain socket.
    public static func toward(_ remote: SocketAddress) -> String? {
        let family: Int32
        switch remote {
        case .v4: family = AF_INET
        case .v6: family = AF_INET6
        case .unixDomainSocket: return nil
        }
        let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let result = remote.withSockAddr { address, length in connect(descriptor, address, socklen_t(length)) }
        guard result == 0 else { return nil }
        return local(of: descriptor)?.ipAddress
    }

    private static func local(of descriptor: Int32) -> SocketAddress? {
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { bytes in
            guard let start = bytes.baseAddress else { return nil }
            var length = socklen_t(bytes.count)
            let address = start.bindMemory(to: sockaddr.self, capacity: 1)
            guard getsockname(descriptor, address, &length) == 0 else { return nil }
            switch Int32(bytes.load(as: sa_family_t.self)) {
            case AF_INET: return SocketAddress(bytes.load(as: sockaddr_in.self))
            case AF_INET6: return SocketAddress(bytes.load(as: sockaddr_in6.self))
            default: return nil
            }
        }
    }
}
