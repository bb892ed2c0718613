import Glibc
import NIOCore
import NIOPosix

/// What the system says about a socket, in words for people.
enum ProxyFailure {
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) }
                ?? "there is no address of the name \(error.host)"
        default: "\(error)"
        }
    }
}
