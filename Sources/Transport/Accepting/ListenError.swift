import Glibc
import NIOCore
import Platform

/// Why a server cannot listen on an address.
public struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence: what happened, and what to do.
    public let description: String

    /// The error for a TCP address.
    init(host: String, port: Int, _ error: any Error) {
        let place = "\(HostPort(host, port))"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE?:
            description = "\(place) is in use by another program: stop it, or listen elsewhere with --listen"
        case EADDRNOTAVAIL?: description = "\(place) is not an address of this machine: correct --listen"
        case EACCES?: description = "permission denied to listen on \(place): choose a port above 1023"
        case let code?:
            description = "cannot listen on \(place): \(String(cString: strerror(code))): correct --listen"
        // Only the name of the host is left to fail.
        case nil: description = "cannot listen on \(place): the name cannot be resolved: correct --listen"
        }
    }

    /// The error for a Unix domain socket, by the number of the system's error; `EADDRINUSE` when another program
    /// listens there, and `EEXIST` when something else than a socket is there.
    init(socket path: String, _ code: Int32) {
        let advice =
            switch code {
            case EEXIST: "it is no socket: remove it, or choose another path with --socket"
            case ENAMETOOLONG:
                "a socket's path has at most \(UnixSocket.pathBytesMaximum) bytes: choose a shorter one with --socket"
            case ENOENT, ENOTDIR: "its folder does not exist: create it, or choose another path with --socket"
            default: "\(String(cString: strerror(code))): choose another path with --socket"
            }
        description =
            code == EADDRINUSE
            ? "another program listens at \(path): stop it, or choose another path with --socket"
            : "cannot listen on \(path): \(advice)"
    }
}
