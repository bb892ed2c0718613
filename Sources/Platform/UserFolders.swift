import Glibc

/// Where programs of this user keep things, by the XDG base directory specification.
public struct UserFolders: Hashable, Sendable {
    /// What is kept: `$XDG_STATE_HOME`, or `.local/state` in the home folder.
    public var state: String
    /// What is configured: `$XDG_CONFIG_HOME`, or `.config` in the home folder.
    public var configuration: String
    /// What lives as long as the login: `$XDG_RUNTIME_DIR`; `nil` when there is none that can be written.
    public var runtime: String?

    /// The folders that an environment says. Relative paths are ignored, as the specification wants it.
    ///
    /// - Throws: ``HomeError`` when a folder of the home is needed and nobody says where that is.
    public init(environment: [String: String]) throws(HomeError) {
        func folder(_ variable: String) -> String? { environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let home = folder("HOME") ?? UserFolders.homeInUserDatabase
        func base(_ variable: String, _ fallback: String) throws(HomeError) -> String {
            if let value = folder(variable) { return value }
            guard let home else { throw HomeError(variable: variable) }
            return home == "/" ? "/" + fallback : home + "/" + fallback
        }
        state = try base("XDG_STATE_HOME", ".local/state")
        configuration = try base("XDG_CONFIG_HOME", ".config")
        runtime = folder("XDG_RUNTIME_DIR").flatMap { access($0, W_OK) == 0 ? $0 : nil }
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

    /// What passwd(5) says: programs that a service manager or a container starts may have no `HOME`.
    private static var homeInUserDatabase: String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0, let found,
            let home = found.pointee.pw_dir.map({ String(cString: $0) }), home.hasPrefix("/"), home != "/nonexistent"
        else { return nil }
        return home
    }
}

/// Nobody says where this user's home is. Another user's or everybody's folder is never taken in its place.
public struct HomeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The variable that would help.
    public var variable: String

    /// The sentence.
    public var description: String {
        "HOME is not set, and the user database has no home for this user: set HOME or \(variable)"
    }
}
