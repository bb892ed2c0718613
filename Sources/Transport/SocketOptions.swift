import Glibc
import NIOCore
import NIOPosix

/// Socket options that NIO has no name for.
enum SocketOptions {
    /// How long sent data may stay unacknowledged before the connection is given up, in milliseconds (tcp(7)).
    static let tcpUserTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))
    /// Segments leave as they are written.
    static let noDelay = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 1))
    /// The value of ``tcpUserTimeout`` (`protocol.md` §10).
    static let tcpUserTimeoutMilliseconds: Int32 = 4_000

    /// What SO_PEERCRED answers: `struct ucred`, which Glibc's module hides.
    private struct PeerCredentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    /// The user at the other end of a Unix domain socket (SO_PEERCRED, unix(7)).
    static func peerUser(of channel: any Channel) -> EventLoopFuture<UInt32?> {
        guard channel.remoteAddress?.protocol == .unix || channel.localAddress?.protocol == .unix,
            let provider = channel as? any SocketOptionProvider
        else { return channel.eventLoop.makeSucceededFuture(nil) }
        let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        return credentials.map { Optional($0.user) }.recover { _ in nil }
    }
}
