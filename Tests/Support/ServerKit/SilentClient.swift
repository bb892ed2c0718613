import Glibc
import NIOCore
import TestKit
public import Transport
public import Wire

/// A client that never reads: it upgrades by hand, and then only writes until its socket buffers are full.
public final class SilentClient: Sendable {
    /// The connection ended, or was not made.
    public struct Ended: Error {
        /// What was being done.
        public var step: String
        /// The errno of a failed write; 0 for none.
        public var number: Int32
    }

    /// The size of the client's receive buffer, which fills up since it never reads.
    private static let receiveBytes: Int32 = 16 << 10

    private let socket: Int32

    /// Connects with a token, and waits for the 101.
    ///
    /// - Throws: ``Ended``.
    public init(to endpoint: Endpoint, token: String) throws {
        guard case .host(_, let port) = endpoint.address else { throw Ended(step: "there is no port", number: 0) }
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Ended(step: "socket", number: errno) }
        // Before the connection is made: the window that the server is told is a part of it.
        var bytes = SilentClient.receiveBytes
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        do {
            try connect(to: port)
            try upgrade(with: token)
        } catch {
            close(socket)
            throw error
        }
    }

    deinit { close(socket) }

    private func connect(to port: Int) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Ended(step: "connect", number: errno) }
    }

    private func upgrade(with token: String) throws {
        let lines = [
            "GET \(Endpoint.path) HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            "Authorization: Bearer \(token)", "", "",
        ]
        let request = Array(lines.joined(separator: "\r\n").utf8)
        guard send(request[...]) == request.count else { throw Ended(step: "the request", number: errno) }
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            var byte: UInt8 = 0
            guard recv(socket, &byte, 1, 0) == 1 else { throw Ended(step: "the answer", number: errno) }
            head.append(byte)
        }
        guard String(decoding: head, as: UTF8.self).hasPrefix("HTTP/1.1 101 ") else {
            throw Ended(step: "the answer is no 101", number: 0)
        }
        guard fcntl(socket, F_SETFL, O_NONBLOCK) == 0 else { throw Ended(step: "fcntl", number: errno) }
    }

    private func send(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private var isWritable: Bool {
        var descriptor = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    /// Writes the same bytes again and again.
    ///
    /// - Parameters:
    ///   - bytes: Whole frames.
    ///   - maximum: When to give up, in bytes.
    ///   - pause: How long there has to be no room before the other side is said to take no more.
    /// - Returns: How many bytes were taken; less than `maximum` when the other side stopped to read. Its kernel may
    ///   end the connection meanwhile, since nobody takes what it sends (`TCP_USER_TIMEOUT`); that is not read from
    ///   either.
    /// - Throws: ``Ended`` when the socket fails for another reason.
    public func flood(
        _ bytes: [UInt8], atMost maximum: Int, pause: Duration = .seconds(2)
    ) async throws -> Int {
        var (sent, place) = (0, 0)
        while sent < maximum {
            let count = send(bytes[place...])
            if count > 0 {
                sent += count
                place = (place + count) % bytes.count
            } else if errno == EAGAIN {
                guard await eventually(within: pause, { self.isWritable }) else { break }
            } else if [ECONNRESET, EPIPE, ETIMEDOUT].contains(errno) {
                break
            } else {
                throw Ended(step: "after \(sent) bytes", number: errno)
            }
        }
        return sent
    }
}

extension SilentClient {
    /// A message as a frame of a client, masked with zeros.
    public static func frame(_ message: Message) -> [UInt8] { frame(1, Array(message.encoded.readableBytesView)) }

    /// A frame of a client (RFC 6455 §5.2), masked with zeros.
    public static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            bytes.append(0x80 | UInt8(payload.count))
        } else {
            bytes += [0x80 | 126, UInt8(truncatingIfNeeded: payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        return bytes + [0, 0, 0, 0] + payload
    }
}
