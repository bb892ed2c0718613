import Glibc

/// A port of 127.0.0.1 that refuses every connection, for as long as this lives. It is bound and not listened on, so no
/// other test gets it meanwhile: one that was closed is another listener's a moment later, which would be dialled.
public final class RefusingPort: Sendable {
    /// The port.
    public let number: Int
    private let descriptor: Int32

    /// Takes a free port; `nil` when there is none.
    public init?() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        number = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }
}
