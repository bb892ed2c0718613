import Glibc
import NIOCore
import NIOPosix

/// Socket options that NIO does not declare.
enum SocketOptions {
    /// TCP_USER_TIMEOUT: how long sent data may stay unacknowledged before the connection ends, in milliseconds
    /// (tcp(7)).
    static let tcpUserTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))
    /// TCP_NODELAY: frames are sent without waiting for earlier ones to be acknowledged.
    static let noDelay = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 1))
    /// TCP_NOTSENT_LOWAT: how many bytes the kernel takes before they can be sent (tcp(7)).
    static let notSentMaximum = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 25))
    /// The value of ``notSentMaximum``, in bytes. The kernel would take megabytes, behind which an answer waits for minutes
    /// on a slow link while a replay or a gap is being sent; two pages of a gap keep a quick one busy.
    static let notSentMaximumBytes: Int32 = 128 << 10
    /// The value of ``tcpUserTimeout``, in milliseconds (`protocol.md` §10).
    static let tcpUserTimeoutMilliseconds: Int32 = 4_000

    /// `struct ucred`, the result of SO_PEERCRED, which the Glibc module does not export.
    private struct PeerCredentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    /// The user ID of the peer on a Unix domain socket (SO_PEERCRED, unix(7)); `nil` when it cannot be read.
    static func peerUser(of channel: any Channel) -> EventLoopFuture<UInt32?> {
        guard channel.remoteAddress?.protocol == .unix || channel.localAddress?.protocol == .unix,
            let provider = channel as? any SocketOptionProvider
        else { return channel.eventLoop.makeSucceededFuture(nil) }
        let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        return credentials.map { Optional($0.user) }.recover { _ in nil }
    }
}
