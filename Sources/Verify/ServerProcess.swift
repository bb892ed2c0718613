import Glibc
import Transport

/// The server's process, when it runs on this machine and this user may inspect it.
struct ServerProcess: Sendable {
    var id: pid_t
    /// The name of its program, from /proc.
    var name: String

    /// Finds the process that listens at an endpoint; `nil` when it is not visible from here.
    init?(at endpoint: Endpoint) {
        let id: pid_t? =
            switch endpoint.address {
            case .unix(let path): ServerProcess.listener(onSocket: path)
            case .host(_, let port): endpoint.isLocal ? ServerProcess.listener(onPort: port) : nil
            }
        guard let id, id > 0 else { return nil }
        self.id = id
        let name = ServerProcess.read("/proc/\(id)/comm") ?? ""
        self.name = String(name.prefix { !$0.isNewline })
    }

    /// This process, whose memory is measured as well.
    static let own = ServerProcess(id: getpid(), name: "belay")

    private init(id: pid_t, name: String) {
        self.id = id
        self.name = name
    }

    /// The resident memory, in bytes; `nil` when the process has ended.
    var residentBytes: Int? {
        let fields = ServerProcess.read("/proc/\(id)/statm")?.split(separator: " ") ?? []
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(getpagesize())
    }

    /// The process that listens on a Unix domain socket, by SO_PEERCRED (unix(7)).
    private static func listener(onSocket path: String) -> pid_t? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else { return nil }
        // struct ucred, which the Glibc module does not export: process, user, group.
        var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        return credentials.0
    }

    /// The process that listens on a local port: the kernel's tables have the socket's inode, and the descriptors of
    /// processes link to it (proc(5)).
    private static func listener(onPort port: Int) -> pid_t? {
        let sockets = ["tcp", "tcp6"].flatMap { table in
            (read("/proc/net/\(table)") ?? "").split(separator: "\n").dropFirst().compactMap { line -> String? in
                let fields = line.split(separator: " ")
                // Local address, state (0A is LISTEN), and the socket's inode.
                guard fields.count > 9, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
                    Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port,
                    isOwn(fields[1][..<colon])
                else { return nil }
                return "socket:[\(fields[9])]"
            }
        }
        guard !sockets.isEmpty else { return nil }
        for process in names(in: "/proc").compactMap({ pid_t($0) }) {
            let folder = "/proc/\(process)/fd"
            for descriptor in names(in: folder) {
                var target = [UInt8](repeating: 0, count: 64)
                let count = readlink("\(folder)/\(descriptor)", &target, target.count)
                guard count > 0 else { continue }
                if sockets.contains(String(decoding: target.prefix(count), as: UTF8.self)) { return process }
            }
        }
        return nil
    }

    /// Whether an address of the kernel's tables, in hexadecimal, is the unspecified or a loopback address.
    private static func isOwn(_ address: Substring) -> Bool {
        let loopback6 = "00000000000000000000000001000000"
        return address.allSatisfy { $0 == "0" } || address == loopback6
            || address.hasSuffix("7F") && (address.count == 8 || address.hasPrefix("0000000000000000FFFF0000"))
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }

    private static func read(_ path: String) -> String? {
        guard let stream = fopen(path, "re") else { return nil }
        defer { fclose(stream) }
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while text.count < 16 << 20 {
            let count = fread(&part, 1, part.count, stream)
            guard count > 0 else { break }
            text += part[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
