/// What a server writes into the file of its lock: who it is and where it listens. Programs of its user read it, which may
/// have been started with another environment and look for it elsewhere.
public struct ServerNote: Hashable, Sendable {
    /// The name of the lock file in the server's data folder.
    public static let fileName = "belayd.lock"
    /// The name of the private server's socket, beside the lock.
    public static let socketName = "belayd.sock"

    /// The process.
    public var process: Int32
    /// Its version.
    public var version: String
    /// The path of its Unix domain socket; `nil` when it has none.
    public var socket: String?

    /// A note.
    public init(process: Int32, version: String, socket: String?) {
        self.process = process
        self.version = version
        self.socket = socket
    }

    /// The text in the file, a line of JSON.
    public var text: String {
        JSON.object(of: [
            "process": .integer(Int64(process)), "version": .string(version),
            "socket": socket.map { .string($0) },
        ]).printable + "\n"
    }

    /// Reads a note.
    ///
    /// - Returns: `nil` for a text that is none: of a server that wrote nothing yet, or is older than such notes.
    public init?(_ text: String) {
        guard let json = try? JSON(parsing: text),
            let process = json["process"]?.integer(in: .count).flatMap({ Int32(exactly: $0) }), process > 1,
            let version = json["version"]?.string
        else { return nil }
        self.init(process: process, version: version, socket: json["socket"]?.string)
    }
}
