import Glibc
import Server

/// Where the server keeps things, by the XDG base directory specification.
enum Folders {
    /// `$XDG_STATE_HOME/belayd`.
    static var data: String { base("XDG_STATE_HOME", ".local/state") + "/belayd" }

    /// `$XDG_CONFIG_HOME/belay/belayd.toml`, if it is there.
    static var configuration: String? {
        let file = base("XDG_CONFIG_HOME", ".config") + "/belay/belayd.toml"
        return access(file, F_OK) == 0 ? file : nil
    }

    /// What clients of this user keep: tokens, chats, the private server's data.
    static var ofClients: [String] {
        [base("XDG_STATE_HOME", ".local/state"), base("XDG_CONFIG_HOME", ".config")].map { $0 + "/belay" }
    }

    /// The whole path of a file or folder that is given from this process's folder.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }

    /// A whole text file, at most 1 MiB.
    static func read(_ file: String) throws(ConfigurationError) -> String {
        guard let stream = fopen(file, "re") else {
            throw ConfigurationError("cannot read \(file): \(String(cString: strerror(errno)))")
        }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, stream)
        guard count < bytes.count else { throw ConfigurationError("\(file) is longer than 1 MiB") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw ConfigurationError("\(file) is not UTF-8")
        }
        return text
    }

    private static func base(_ variable: String, _ fallback: String) -> String {
        if let value = getenv(variable).map({ String(cString: $0) }), value.hasPrefix("/") { return value }
        return (getenv("HOME").map { String(cString: $0) } ?? "/tmp") + "/" + fallback
    }
}
