import Glibc

/// A netlink socket for changes of the network. It needs no privileges, but some containers refuse it.
enum NetlinkSocket {
    /// `struct sockaddr_nl`, which the Glibc module does not export (netlink(7)).
    private struct Address {
        var family = sa_family_t(AF_NETLINK)
        var padding: UInt16 = 0
        /// The port ID; 0 lets the kernel choose.
        var port: UInt32 = 0
        var groups: UInt32
    }

    /// RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_IFADDR and RTMGRP_IPV6_ROUTE.
    private static let groups: UInt32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400

    /// NETLINK_ROUTE, from `linux/netlink.h`, which the Glibc module does not export.
    private static let routeProtocol: Int32 = 0

    /// Opens a socket that receives changes of links, addresses and routes.
    ///
    /// - Returns: The descriptor; `nil` where netlink is refused.
    static func open() -> Int32? {
        let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_NETLINK, type, routeProtocol)
        guard descriptor >= 0 else { return nil }
        var address = Address(groups: groups)
        let size = socklen_t(MemoryLayout<Address>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
