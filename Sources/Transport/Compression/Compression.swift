import NIOCore

/// Whether connections use permessage-deflate (RFC 7692).
public enum Compression: String, Hashable, Sendable, CaseIterable {
    /// On the network only: on a Unix domain socket, or a loopback address, compressing a message takes longer than
    /// copying it.
    case auto
    /// On all connections whose peer supports it.
    case on
    /// On no connection.
    case off

    /// - Parameter isLocal: Whether the peer is on this machine.
    func isOn(isLocal: Bool) -> Bool {
        switch self {
        case .auto: !isLocal
        case .on: true
        case .off: false
        }
    }
}

extension Channel {
    /// Whether the channel is a Unix domain socket, or its peer has a loopback address. A socket that has ended already
    /// may not tell its peer.
    var isLocal: Bool { (remoteAddress ?? localAddress)?.isLoopback ?? false || localAddress?.protocol == .unix }
}
