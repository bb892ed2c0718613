import Glibc

/// The folders of this user's programs, by the XDG base directory specification.
public struct UserFolders: Hashable, Sendable {
    /// The folder for state: `$XDG_STATE_HOME`, or `.local/state` in the home folder.
    public var state: String
    /// The folder for configuration: `$XDG_CONFIG_HOME`, or `.config` in the home folder.
    public var configuration: String
    /// The folder that exists while the user is logged in: `$XDG_RUNTIME_DIR`; `nil` when it is not set or not
    /// writable.
    public var runtime: String?

    /// Determines the folders from an environment. Relative paths are ignored, as the specification requires.
    ///
    /// - Throws: ``HomeError`` when the home folder is needed and neither `HOME` nor the user database names it.
    public init(environment: [String: String]) throws(HomeError) {
        func folder(_ variable: String) -> String? { environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let home = UserFolders.home(in: environment)
        func base(_ variable: String, _ fallback: String) throws(HomeError) -> String {
            if let value = folder(variable) { return value }
            guard let home else { throw HomeError(variable: variable) }
            return home == "/" ? "/" + fallback : home + "/" + fallback
        }
        state = try base("XDG_STATE_HOME", ".local/state")
        configuration = try base("XDG_CONFIG_HOME", ".config")
        runtime = folder("XDG_RUNTIME_DIR").flatMap { access($0, W_OK) == 0 ? $0 : nil }
    }

    /// The home folder: `$HOME` when it is an absolute path, otherwise that of the user database; `nil` without both.
    public static func home(in environment: [String: String]) -> String? {
        environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? homeInUserDatabase
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

    /// The home folder in passwd(5): service managers and containers may start programs without `HOME`.
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

/// The home folder of this user is unknown. No other folder is used in its place, since others might read it.
public struct HomeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The XDG variable that would make the home folder unnecessary.
    public var variable: String

    /// One sentence: what is missing, and which variables to set.
    public var description: String {
        "HOME is not set, and the user database has no home for this user: set HOME or \(variable)"
    }
}
