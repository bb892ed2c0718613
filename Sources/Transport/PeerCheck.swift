import Glibc
import NIOCore

/// Who is at the other end, found out before the request is written: the request holds the token, and what follows holds
/// everything else that is nobody's business.
enum PeerCheck {
    /// Looks at a connection that is there and has said nothing.
    ///
    /// - Parameter handshake: What ``HandshakeGate`` says of the connection, when it is encrypted.
    /// - Returns: Fails with ``DialError``, or with what ended the connection.
    static func passes(
        _ channel: any Channel, _ request: Dialer.Request, handshake: EventLoopFuture<Void>?
    ) -> EventLoopFuture<Void> {
        switch request.endpoint.address {
        case .unix:
            guard let owner = request.socketOwner else { return channel.eventLoop.makeSucceededVoidFuture() }
            return SocketOptions.peerUser(of: channel).flatMapThrowing { user in
                guard user == owner else { throw DialError.foreignSocket(request.endpoint) }
            }
        case .host where request.endpoint.isSecure:
            guard let handshake else { preconditionFailure("a connection to \(request.endpoint) without TLS") }
            return handshake
        case .host:
            return channel.eventLoop.makeCompletedFuture {
                guard let address = channel.remoteAddress else { throw ChannelError.eof }
                // A proxy on this machine leads beyond it.
                guard request.allowsPlaintext || address.isLoopback && request.isDirect else {
                    let place = request.isDirect ? "at \(address.ipAddress ?? "an address") " : ""
                    throw DialError.untrusted(
                        "\(request.endpoint) is \(place)beyond this machine, where ws://"
                            + " sends the token and every word in plain text: use wss://, or say --insecure")
                }
            }
        }
    }

    /// Looks at the file of a socket before it is connected to, which already tells whoever listens that somebody came.
    ///
    /// One that is not there is nobody's; connecting to it says so.
    static func looksRight(_ path: String, owner: UInt32) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        return status.st_mode & S_IFMT == S_IFSOCK && status.st_uid == owner
    }
}

extension DialError {
    /// Another user's program listens where this user's was expected, or a file is in its place.
    static func foreignSocket(_ endpoint: Endpoint) -> DialError {
        .untrusted("what is at \(endpoint) is not this user's server, and was told nothing: remove it")
    }
}
