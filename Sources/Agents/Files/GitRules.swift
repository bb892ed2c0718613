import Glibc

/// Git's rules for a folder besides the `.gitignore` files in it: those of its parents up to the top of the repository,
/// `info/exclude`, the user's excludes file (gitignore(5)), and the tracked files, which are never ignored.
struct GitRules: Sendable {
    /// The folder's path from the top of the repository.
    private(set) var path: [ArraySlice<UInt8>] = []
    /// The `.gitignore` files of its parents, the top's first; `nil` where there is none.
    private(set) var above: [GitIgnore?] = []
    /// The files that decide when no `.gitignore` does, in order of precedence.
    private(set) var last: [GitIgnore] = []
    /// Whether the folder is ignored, so that only its tracked files count.
    private(set) var isLeftOut = false
    /// The tracked files; the index is only read once a rule ignores something.
    private lazy var tracked = GitIndex(git?.index ?? [])
    private var git: GitFolder?

    /// How many parents are searched for the top of the repository.
    private static let depthMaximum = 64

    /// Rules for a folder that is in no repository: nothing is ignored.
    init() {}

    /// Reads the rules for a folder.
    ///
    /// - Parameters:
    ///   - folder: An absolute path without links.
    ///   - environment: The places of the user's git configuration.
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
            // The user has chosen an ignored folder as the session's folder: list its files all the same.
            (above, last) = (above.map { _ in nil }, [])
        }
    }

    /// Whether a path is ignored; tracked files never are.
    ///
    /// - Parameters:
    ///   - path: From the top of the repository.
    ///   - files: The `.gitignore` files of its parents, the top's first.
    func ignores(_ path: [ArraySlice<UInt8>], isFolder: Bool, by files: [GitIgnore?]) -> Bool {
        if let verdict = files.verdict(path, isFolder: isFolder) { return verdict }
        for file in last {
            if let verdict = file.isIgnored(path, isFolder: isFolder) { return verdict }
        }
        return false
    }

    /// Whether git tracks a file, or a file in a folder.
    mutating func tracks(_ path: [ArraySlice<UInt8>], isFolder: Bool) -> Bool {
        isFolder ? tracked.holds(path) : tracked.has(path)
    }
}

/// The places of a user's git configuration.
struct GitEnvironment: Sendable {
    /// The user's home folder; `nil` when there is none.
    var home: String?
    /// `XDG_CONFIG_HOME`; below ``home`` when `nil`.
    var configuration: String?

    /// The places in the environment of this process.
    static var current: GitEnvironment {
        func value(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        return GitEnvironment(home: value("HOME"), configuration: value("XDG_CONFIG_HOME"))
    }

    /// The bytes of the user's excludes file: `core.excludesFile`, or its default.
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

    /// The value of `core.excludesFile` in a configuration (git-config(1)); only the usual one-line form is recognized.
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

/// The `.git` folder of a repository, and the common folder that its worktrees share.
private struct GitFolder {
    private let own: String
    private let common: String

    /// Finds the `.git` folder of a working tree; `nil` when there is none.
    init?(in folder: String) {
        var status = stat()
        guard lstat(folder + "/.git", &status) == 0 else { return nil }
        if status.st_mode & S_IFMT == S_IFDIR {
            (own, common) = (folder + "/.git", folder + "/.git")
            return
        }
        // In a linked worktree or a submodule, `.git` is a file that names the folder.
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
