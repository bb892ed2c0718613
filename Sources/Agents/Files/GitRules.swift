import Glibc

/// What git knows of a folder beside the `.gitignore` files in it: those of the folders above, up to the top of the
/// repository, `info/exclude`, the user's own file (gitignore(5)), and what it has under control in spite of them.
struct GitRules: Sendable {
    /// The folder's path from the top of the repository.
    private(set) var path: [ArraySlice<UInt8>] = []
    /// The files of the folders above it, the top's first; `nil` where there is none.
    private(set) var above: [GitIgnore?] = []
    /// What decides when no `.gitignore` does, the first before the others.
    private(set) var last: [GitIgnore] = []
    /// Whether the folder is left out but for what is under control in it.
    private(set) var isLeftOut = false
    /// What is under control; read when a rule leaves something out, and not before.
    private lazy var tracked = GitIndex(git?.index ?? [])
    private var git: GitFolder?

    /// The most folders that are looked through for the top.
    private static let depthMaximum = 64

    /// No repository.
    init() {}

    /// Reads what there is.
    ///
    /// - Parameters:
    ///   - folder: An absolute path without links.
    ///   - environment: Where the user's own configuration is.
    init(of folder: String, environment: GitEnvironment = .current) {
        var names: [Substring] = []
        var top = folder[...]
        while !top.isEmpty, names.count < GitRules.depthMaximum {
            if let git = GitFolder(in: String(top)) {
                read(git, top: String(top), below: names, environment)
                return
            }
            guard let slash = top.lastIndex(of: "/") else { return }
            names.insert(top[top.index(after: slash)...], at: 0)
            top = top[..<slash]
        }
    }

    private mutating func read(
        _ git: GitFolder, top: String, below names: [Substring], _ environment: GitEnvironment
    ) {
        self.git = git
        path = names.map { Array($0.utf8)[...] }
        var folder = top
        for name in names {
            above.append(Folder.smallFile(at: folder + "/.gitignore", followsLinks: false).map(GitIgnore.init))
            folder += "/\(name)"
        }
        last = [git.exclude, environment.excludes(configuration: git.configuration)].compactMap(\.self)
            .map(GitIgnore.init)
        guard path.indices.contains(where: { ignores(Array(path[...$0]), isFolder: true, by: Array(above[...$0])) })
        else { return }
        if tracked.holds(path) {
            isLeftOut = true
        } else {
            // Who opens a folder that git does not look into wants what is in it.
            (above, last) = (above.map { _ in nil }, [])
        }
    }

    /// Whether a path is left out: what is under git's control never is.
    ///
    /// - Parameters:
    ///   - path: From the top of the repository.
    ///   - files: The files of the folders above it, the top's first.
    func ignores(_ path: [ArraySlice<UInt8>], isFolder: Bool, by files: [GitIgnore?]) -> Bool {
        if let verdict = files.verdict(path, isFolder: isFolder) { return verdict }
        for file in last {
            if let verdict = file.isIgnored(path, isFolder: isFolder) { return verdict }
        }
        return false
    }

    /// Whether git has a file under control, or something in a folder.
    mutating func tracks(_ path: [ArraySlice<UInt8>], isFolder: Bool) -> Bool {
        isFolder ? tracked.holds(path) : tracked.has(path)
    }
}

/// Where a user's own configuration of git is.
struct GitEnvironment: Sendable {
    /// The user's home; none when `nil`.
    var home: String?
    /// `XDG_CONFIG_HOME`; below ``home`` when `nil`.
    var configuration: String?

    /// That of this process.
    static var current: GitEnvironment {
        func value(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        return GitEnvironment(home: value("HOME"), configuration: value("XDG_CONFIG_HOME"))
    }

    /// The bytes of the file that `core.excludesFile` names, or of the one that is read when nothing does.
    func excludes(configuration repository: [UInt8]?) -> [UInt8]? {
        let folder = configuration ?? home.map { $0 + "/.config" }
        let files =
            [repository, home.flatMap { Folder.smallFile(at: $0 + "/.gitconfig") }]
            + [folder.flatMap { Folder.smallFile(at: $0 + "/git/config") }]
        let named = files.lazy.compactMap(\.self).compactMap { GitEnvironment.excludesFile(in: $0) }.first
        guard var path = named ?? folder.map({ $0 + "/git/ignore" }) else { return nil }
        if path.hasPrefix("~/"), let home { path = home + path.dropFirst() }
        return path.hasPrefix("/") ? Folder.smallFile(at: path) : nil
    }

    /// What a configuration says (git-config(1)), as far as a line says it in the usual way.
    private static func excludesFile(in bytes: [UInt8]) -> String? {
        var isCore = false
        var found: String?
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = String(line).trimmed
            if text.hasPrefix("[") {
                isCore = text.lowercased().hasPrefix("[core]")
            } else if isCore, let equals = text.firstIndex(of: "="),
                String(text[..<equals]).trimmed.lowercased() == "excludesfile"
            {
                let value = String(text[text.index(after: equals)...]).trimmed
                found = value.hasPrefix("\"") && value.hasSuffix("\"") ? String(value.dropFirst().dropLast()) : value
            }
        }
        return found
    }
}

/// The folder in which a repository keeps what it knows.
private struct GitFolder {
    private let own: String
    private let common: String

    /// The one of a working tree; `nil` when there is none in it.
    init?(in folder: String) {
        var status = stat()
        guard lstat(folder + "/.git", &status) == 0 else { return nil }
        if status.st_mode & S_IFMT == S_IFDIR {
            (own, common) = (folder + "/.git", folder + "/.git")
            return
        }
        // A working tree beside the first one, or a submodule, says where it is.
        guard let line = GitFolder.line(folder + "/.git"), line.hasPrefix("gitdir: ") else { return nil }
        own = GitFolder.path(String(line.dropFirst("gitdir: ".count)), from: folder)
        common = GitFolder.line(own + "/commondir").map { [own] in GitFolder.path($0, from: own) } ?? own
    }

    private static func line(_ path: String) -> String? {
        Folder.smallFile(at: path).map { String(decoding: $0, as: UTF8.self).trimmed }
    }

    private static func path(_ path: String, from folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }

    var index: [UInt8]? { Folder.smallFile(at: own + "/index", bytesMaximum: GitIndex.bytesMaximum) }
    var exclude: [UInt8]? { Folder.smallFile(at: common + "/info/exclude") }
    var configuration: [UInt8]? { Folder.smallFile(at: common + "/config") }
}
