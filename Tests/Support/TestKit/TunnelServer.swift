import Foundation
import Synchronization

/// A proxy for tests, in threads of its own: it takes HTTP's CONNECT and SOCKS 5, and leads wherever it is asked to go to
/// one port of this machine.
public final class TunnelServer: Sendable {
    /// What was asked of it.
    public struct Request: Hashable, Sendable {
        /// The host and the port, as they were asked for.
        public var target: String
        /// The lines of the request, in small letters; none for SOCKS.
        public var headers: [String]
    }

    /// The port it listens on.
    public let port: Int
    private let descriptor: Int32
    private let log = Log()

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    /// What was asked of it, in order.
    public var requests: [Request] { log.requests.withLock { $0 } }

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - upstream: The port that everything leads to.
    ///   - answer: What is said to a CONNECT; anything but a 200 ends the connection.
    /// - Throws: `CocoaError` when there is no port.
    public init(to upstream: Int, answer: String = "HTTP/1.1 200 Connection established\r\n\r\n") throws {
        let (descriptor, port) = try TunnelServer.listen()
        (self.descriptor, self.port) = (descriptor, port)
        Thread.detachNewThread { [log] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread {
                    TunnelServer.serve(client, upstream, answer) { request in
                        log.requests.withLock { $0.append(request) }
                    }
                }
            }
        }
    }

    /// Ends it; what leads through it stays.
    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        return address
    }

    private static func with<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func listen() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = address(0)
        let isBound = with(&address) { pointer, length in
            var length = length
            return bind(descriptor, pointer, length) == 0 && Foundation.listen(descriptor, 64) == 0
                && getsockname(descriptor, pointer, &length) == 0
        }
        guard isBound else { throw CocoaError(.fileNoSuchFile) }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func serve(
        _ client: Int32, _ upstream: Int, _ answer: String, _ note: @Sendable (Request) -> Void
    ) {
        guard let first = read(client, 1).first else { return end(client) }
        let request = first == 5 ? socks(client) : connect(client, first)
        guard let request else { return end(client) }
        note(request)
        if first == 5 {
            send(client, [5, 0, 0, 1, 127, 0, 0, 1, 0, 80])
        } else {
            send(client, Array(answer.utf8))
            guard answer.contains(" 200 ") else { return end(client) }
        }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = address(upstream)
        guard with(&address, { Foundation.connect(server, $0, $1) }) == 0 else { return end(client) }
        Thread.detachNewThread { pump(server, client) }
        pump(client, server)
    }

    /// The greeting behind its first byte, and the request (RFC 1928 §3, §4).
    private static func socks(_ client: Int32) -> Request? {
        guard let count = read(client, 1).first else { return nil }
        _ = read(client, Int(count))
        send(client, [5, 0])
        guard let kind = read(client, 4).last else { return nil }
        let host: String
        switch kind {
        case 1: host = read(client, 4).map(String.init).joined(separator: ".")
        case 3: host = String(decoding: read(client, Int(read(client, 1).first ?? 0)), as: UTF8.self)
        default: return nil
        }
        let port = read(client, 2).reduce(0) { $0 << 8 | Int($1) }
        return Request(target: "\(host):\(port)", headers: [])
    }

    private static func connect(_ client: Int32, _ first: UInt8) -> Request? {
        var head = [first]
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let byte = read(client, 1)
            guard !byte.isEmpty else { return nil }
            head += byte
        }
        let lines = String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3, words[0] == "CONNECT" else { return nil }
        return Request(target: String(words[1]), headers: lines.dropFirst().map { $0.lowercased() })
    }

    private static func end(_ client: Int32) { close(client) }

    private static func pump(_ from: Int32, _ to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0, send(to, Array(buffer[..<count])) else { break }
        }
        shutdown(to, Int32(SHUT_WR))
    }

    private static func read(_ descriptor: Int32, _ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = recv(descriptor, &bytes, count, Int32(MSG_WAITALL))
        return got == count ? bytes : []
    }

    @discardableResult
    private static func send(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
}
