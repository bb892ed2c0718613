import Foundation

/// Something on a port that is no server of ours.
enum Impostor {
    /// Answers connections with these bytes.
    ///
    /// - Returns: The port.
    static func answer(_ bytes: String, times: Int) throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileNoSuchFile) }
        Thread.detachNewThread {
            for _ in 0..<times {
                let client = accept(descriptor, nil, nil)
                var request = [UInt8](repeating: 0, count: 8_192)
                _ = read(client, &request, request.count)
                _ = bytes.withCString { write(client, $0, strlen($0)) }
                shutdown(client, Int32(SHUT_WR))
                while read(client, &request, request.count) > 0 {}
                close(client)
            }
            close(descriptor)
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
