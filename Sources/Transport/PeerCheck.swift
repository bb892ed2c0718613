import Glibc
import NIOCore

/// Verifies the peer before the upgrade request is written, because the request holds the token.
enum PeerCheck {
    /// Checks a connection on which nothing was sent yet.
    ///
    /// - Parameter handshake: The result of ``HandshakeGate`` when the connection uses TLS.
    /// - Returns: A future that fails with ``DialError``, or with the error that ended the connection.
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
                // Through a proxy the address is the proxy's: also a proxy on this machine leads to other machines.
                guard request.allowsPlaintext || address.isLoopback && request.isDirect else {
                    let place = request.isDirect ? "at \(address.ipAddress ?? "an address") " : ""
                    throw DialError.untrusted(
                        "\(request.endpoint) is \(place)on another machine, and ws://"
                            + " sends the token and all messages in plain text: use wss://, or say --insecure")
                }
            }
        }
    }

    /// Checks the file of a socket before connecting, which would already be visible to its listener.
    ///
    /// A missing file passes; connecting to it then reports the error.
    static func looksRight(_ path: String, owner: UInt32) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        return status.st_mode & S_IFMT == S_IFSOCK && status.st_uid == owner
    }
}

extension DialError {
    /// The error when another user's process listens, or another user's file is in the socket's place.
    static func foreignSocket(_ endpoint: Endpoint) -> DialError {
        .untrusted("the socket \(endpoint) is not this user's server, and nothing was sent to it: remove it")
    }
}
