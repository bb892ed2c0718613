import Glibc
public import NIOCore

/// Looks up names with getaddrinfo(3).
public enum SystemResolver {
    /// The addresses of a host, best first (RFC 6724). Blocks for as long as the system's resolver is configured to
    /// wait.
    ///
    /// glibc reads `/etc/resolv.conf` again when it has changed, so a look-up after a change of the network uses the
    /// new network's resolver.
    ///
    /// - Throws: ``LookUpError/failed(_:)`` with getaddrinfo's message.
    public static func addresses(host: String, port: Int) throws(LookUpError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, "\(port)", &hints, &first)
        guard result == 0 else {
            throw .failed(
                result == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(result)))
        }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = first
        while let info = next {
            next = info.pointee.ai_next
            guard let address = UnsafeRawPointer(info.pointee.ai_addr) else { continue }
            switch info.pointee.ai_family {
            case AF_INET: addresses.append(SocketAddress(address.load(as: sockaddr_in.self), host: host))
            case AF_INET6: addresses.append(SocketAddress(address.load(as: sockaddr_in6.self), host: host))
            default: break
            }
        }
        return addresses
    }
}
