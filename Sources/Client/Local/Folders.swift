import Glibc

/// Where the client keeps things, by the XDG base directory specification.
public struct Folders: Hashable, Sendable {
    /// What is kept: mirror, desk, tokens, the private server's data.
    public var state: String
    /// What lives as long as the login: sockets and locks.
    public var runtime: String
    /// The configuration.
    public var configuration: String

    /// The folders that an environment says.
    public init(environment: [String: String]) {
        func base(_ variable: String, _ fallback: String) -> String {
            // A relative path is to be ignored, says the specification.
            if let value = environment[variable], value.hasPrefix("/") { return value }
            return (environment["HOME"] ?? "/tmp") + "/" + fallback
        }
        state = base("XDG_STATE_HOME", ".local/state") + "/belay"
        configuration = base("XDG_CONFIG_HOME", ".config") + "/belay"
        if let value = environment["XDG_RUNTIME_DIR"], value.hasPrefix("/"), access(value, W_OK) == 0 {
            runtime = value + "/belay"
        } else {
            runtime = state + "/run"
        }
    }

    /// The environment of this process.
    public static var environment: [String: String] {
        var values: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                values[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            entry += 1
        }
        return values
    }

    /// Makes a folder and those above it, for this user alone, and sees to it that it is safe.
    ///
    /// - Throws: ``ClientError/folder(_:)``.
    public static func make(_ folder: String, _ use: FolderUse = .kept) throws(ClientError) {
        var made = ""
        for part in folder.split(separator: "/", omittingEmptySubsequences: false) {
            made += part + "/"
            guard mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
            throw .folder("cannot make the folder \(folder): \(String(cString: strerror(errno)))")
        }
        try use.check(folder)
    }
}
