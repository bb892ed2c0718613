public import Foundation

/// The TCP connections of a process's network, as the kernel lists them (/proc/net/tcp).
public enum TCPTable {
    /// A connection, from this side.
    public struct Row: Hashable, Sendable {
        /// The address of this side.
        public var local: String
        /// The port of this side.
        public var localPort: Int
        /// The address of the other side.
        public var remote: String
        /// The port of the other side.
        public var remotePort: Int
        /// The state, as the kernel numbers it: 1 is established, 2 is a SYN that waits for its answer, 10 listens.
        public var state: Int

        /// Whether both sides know of it.
        public var isEstablished: Bool { state == 1 }
        /// Whether it is being made or stands: not on its way out.
        public var isAttempt: Bool { state == 1 || state == 2 }
    }

    /// The connections over IPv4 in the network that a process lives in.
    public static func rows(of process: pid_t) -> [Row] {
        read("/proc/\(process)/net/tcp").split(separator: "\n").dropFirst().compactMap { row($0) }
    }

    /// Reads a file of the kernel's to its end. It comes a page at a time, and Foundation takes the first for all of
    /// it.
    private static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    private static func row(_ line: Substring) -> Row? {
        let words = line.split(separator: " ")
        guard words.count > 3, let local = place(words[1]), let remote = place(words[2]),
            let state = Int(words[3], radix: 16)
        else { return nil }
        return Row(
            local: local.address, localPort: local.port, remote: remote.address, remotePort: remote.port, state: state)
    }

    /// `0100007F:1F90` is 127.0.0.1, port 8080: the address is as it lies in memory.
    private static func place(_ text: Substring) -> (address: String, port: Int)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let number = UInt32(parts[0], radix: 16), let port = Int(parts[1], radix: 16) else {
            return nil
        }
        let bytes = withUnsafeBytes(of: number) { Array($0) }
        return (bytes.map { "\($0)" }.joined(separator: "."), port)
    }
}
