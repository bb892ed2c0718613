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

    /// Makes a folder and those above it, for this user alone.
    static func make(_ folder: String) throws(ConfigurationError) {
        var made = ""
        for part in folder.split(separator: "/", omittingEmptySubsequences: false) {
            made += part + "/"
            guard mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
            throw ConfigurationError("cannot make the folder \(folder): \(String(cString: strerror(errno)))")
        }
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
