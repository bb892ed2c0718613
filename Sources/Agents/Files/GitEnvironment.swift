import Glibc

/// The places of a user's git configuration.
struct GitEnvironment: Sendable {
    /// The user's home folder; `nil` when there is none.
    var home: String?
    /// `XDG_CONFIG_HOME`; below ``home`` when `nil`.
    var configuration: String?
    /// The configuration of the machine; `nil` with `GIT_CONFIG_NOSYSTEM`.
    var system: String? = "/etc/gitconfig"
    /// `GIT_CONFIG_GLOBAL`: a file that is read instead of the user's others.
    var global: String?

    /// The places in the environment of this process.
    static var current: GitEnvironment {
        func value(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        var environment = GitEnvironment(home: value("HOME"), configuration: value("XDG_CONFIG_HOME"))
        environment.system = value("GIT_CONFIG_SYSTEM") ?? environment.system
        environment.global = value("GIT_CONFIG_GLOBAL")
        let noSystem = getenv("GIT_CONFIG_NOSYSTEM").map { String(cString: $0).lowercased() }
        if let noSystem, !["", "0", "false", "no", "off"].contains(noSystem) { environment.system = nil }
        return environment
    }

    /// The folder of git's files below the XDG configuration.
    private var folder: String? { (configuration ?? home.map { $0 + "/.config" }).map { $0 + "/git" } }

    /// The configuration files of machine and user, in the order in which git reads them: a later one wins.
    var files: [String] {
        let user = global.map { [$0] } ?? [folder.map { $0 + "/config" }, home.map { $0 + "/.gitconfig" }]
        return ([system] + user).compactMap(\.self)
    }

    /// The excludes file when `core.excludesFile` is not set.
    var excludesFile: String? { folder.map { $0 + "/ignore" } }

    /// A path of a configuration with `~/`, `~user/` and `%(prefix)/` replaced; `nil` when that folder is unknown.
    ///
    /// - Parameter home: What `~/` stands for.
    static func expanded(_ path: [UInt8], home: String?) -> [UInt8]? {
        if path.starts(with: "%(prefix)/".utf8) { return Array("/usr/".utf8) + path.dropFirst("%(prefix)/".utf8.count) }
        guard path.first == UInt8(ascii: "~") else { return path }
        let user = path.dropFirst().prefix { $0 != UInt8(ascii: "/") }
        let folder = user.isEmpty ? home : GitEnvironment.home(of: String(decoding: user, as: UTF8.self))
        return folder.map { Array($0.utf8) + path.dropFirst(user.count + 1) }
    }

    private static func home(of user: String) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getpwnam_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let home = entry.pw_dir else {
            return nil
        }
        return String(cString: home)
    }

    /// The path without symbolic links; `nil` when there is no such file.
    static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
