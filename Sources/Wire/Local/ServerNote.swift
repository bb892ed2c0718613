/// The note that a server writes into its lock file: process, version and socket. Clients of the same user find the
/// socket through it, even if their environment would lead them to another path.
public struct ServerNote: Hashable, Sendable {
    /// The name of the lock file in the server's data folder.
    public static let fileName = "belayd.lock"
    /// The name of the private server's socket, beside the lock.
    public static let socketName = "belayd.sock"

    /// The server's process ID.
    public var process: Int32
    /// The version of the running server, which may be older than its file on disk.
    public var version: String
    /// The path of its Unix domain socket; `nil` when it listens on TCP only.
    public var socket: String?

    /// Creates the note of a running server.
    public init(process: Int32, version: String, socket: String?) {
        self.process = process
        self.version = version
        self.socket = socket
    }

    /// The contents of the file: one line of JSON.
    public var text: String {
        JSON.object(of: [
            "process": .integer(Int64(process)), "version": .string(version),
            "socket": socket.map { .string($0) },
        ]).printable + "\n"
    }

    /// Parses the contents of a lock file.
    ///
    /// - Returns: `nil` when it holds no note: the server is still starting, or is older than these notes.
    public init?(_ text: String) {
        guard let json = try? JSON(parsing: text),
            let process = json["process"]?.integer(in: .count).flatMap({ Int32(exactly: $0) }), process > 1,
            let version = json["version"]?.string
        else { return nil }
        self.init(process: process, version: version, socket: json["socket"]?.string)
    }
}
