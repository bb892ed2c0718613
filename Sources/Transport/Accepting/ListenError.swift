import Glibc
import NIOCore

/// Why a server cannot listen on an address.
public struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence: what happened, and what to do.
    public let description: String

    init(_ address: Endpoint.Address, _ error: any Error) {
        let place =
            switch address {
            case .host(let host, let port): "\(host):\(port)"
            case .unix(let path): path
            }
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE?:
            description = "\(place) is in use by another program: stop it, or listen elsewhere with --listen"
        case EADDRNOTAVAIL?: description = "\(place) is not an address of this machine: correct --listen"
        case EACCES?: description = "permission denied to listen on \(place): choose a port above 1023"
        default: description = "cannot listen on \(place): \(error)"
        }
    }
}
