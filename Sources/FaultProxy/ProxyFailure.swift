import Glibc
import NIOCore
import NIOPosix

/// Translates socket errors for the user.
enum ProxyFailure {
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) }
                ?? "the host name \(error.host) has no address"
        default: "\(error)"
        }
    }
}
