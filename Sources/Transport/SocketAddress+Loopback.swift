import NIOCore
import Platform

extension SocketAddress {
    /// Whether the other side is on this machine.
    var isLoopback: Bool {
        switch self {
        case .unixDomainSocket: true
        case .v4, .v6: ipAddress.map { HostIdentity($0).isLoopback } ?? false
        }
    }
}
