import NIOCore
import Platform

extension SocketAddress {
    /// Whether the address is a loopback address, so that the peer is on this machine.
    var isLoopback: Bool {
        switch self {
        case .unixDomainSocket: true
        case .v4, .v6: ipAddress.map { HostIdentity($0).isLoopback } ?? false
        }
    }
}
