import Glibc

/// Git's rules for a folder are unknown, because a file with them cannot be read, is malformed or exceeds a bound.
/// Nothing of the folder may be listed then, since it could be ignored.
struct GitRulesError: Error, Hashable, CustomStringConvertible {
    /// The file.
    var path: String

    var description: String { "Git's rules in \(path) cannot be read, or are too large." }
}

/// The configuration of a repository (git-config(1)): that of the machine, of the user, of the repository and of the
/// working tree, with the files that they include. A later setting replaces an earlier one.
struct GitConfig: Sendable {
    /// The most nested includes, as in git.
    static let depthMaximum = 10
    /// The most files that are read for one configuration, included ones counted each time.
    static let filesMaximum = 256

    /// All settings, in order, as `git config --list` prints them.
    private(set) var settings: [GitConfigSyntax.Setting] = []

    private let git: GitFolder
    private let environment: GitEnvironment
    private var filesCount = 0
    /// The addresses of all remotes, which a condition can ask for; `nil` while they are not known.
    private var remotes: [[UInt8]]?
    private var needsRemotes = false

    /// Reads the configuration of a repository.
    init(of git: GitFolder, environment: GitEnvironment) throws(GitRulesError) {
        (self.git, self.environment) = (git, environment)
        try read()
        guard needsRemotes else { return }
        remotes = settings.filter { $0.name == "url" && ($0.section == "remote" || $0.section.hasPrefix("remote.")) }
            .compactMap(\.value)
        (settings, filesCount) = ([], 0)
        try read()
    }

    /// The last value of a setting; `nil` when it is not set, `.some(nil)` when it is set without a value.
    private func value(of key: String) -> [UInt8]?? { settings.last { $0.key == key }.map(\.value) }

    /// A setting that is true or false.
    private func isTrue(_ key: String) throws(GitRulesError) -> Bool {
        guard let set = value(of: key) else { return false }
        guard let value = set.map({ String(decoding: $0, as: UTF8.self).lowercased() }) else { return true }
        if ["true", "yes", "on"].contains(value) { return true }
        if ["", "false", "no", "off"].contains(value) { return false }
        guard let number = Int(value) else { throw GitRulesError(path: key) }
        return number != 0
    }

    /// `core.ignoreCase`.
    func ignoresCase() throws(GitRulesError) -> Bool { try isTrue("core.ignorecase") }

    /// The length of the names of objects in bytes: of SHA-1, or of SHA-256.
    var objectNameLength: Int {
        value(of: "extensions.objectformat").flatMap(\.self)?.elementsEqual("sha256".utf8) == true ? 32 : 20
    }

    /// The path of the user's excludes file: `core.excludesFile`, or its default; `nil` when there is none.
    ///
    /// - Parameter top: The working tree, from which a relative path counts.
    func excludesFile(top: String) throws(GitRulesError) -> String? {
        guard let set = value(of: "core.excludesfile") else { return environment.excludesFile }
        guard let value = set else { throw GitRulesError(path: "core.excludesFile") }
        if value.isEmpty { return nil }
        return try path(value, from: top)
    }

    private func path(_ value: [UInt8], from folder: String) throws(GitRulesError) -> String {
        guard let expanded = GitEnvironment.expanded(value, home: environment.home), !expanded.contains(0),
            let path = String(validating: expanded, as: UTF8.self)
        else { throw GitRulesError(path: String(decoding: value, as: UTF8.self)) }
        return path.utf8.first == UInt8(ascii: "/") ? path : folder + "/" + path
    }

    private mutating func read() throws(GitRulesError) {
        for file in environment.files { try read(file, depth: 0, isOfUser: true) }
        try read(git.common + "/config", depth: 0)
        if try isTrue("extensions.worktreeconfig") { try read(git.own + "/config.worktree", depth: 0) }
    }

    /// Reads a file, and those that it includes where it includes them. One that does not exist has no settings, and as
    /// in git neither has a file of the user or the machine that may not be read.
    private mutating func read(_ path: String, depth: Int, isOfUser: Bool = false) throws(GitRulesError) {
        filesCount += 1
        guard depth <= GitConfig.depthMaximum, filesCount <= GitConfig.filesMaximum else {
            throw GitRulesError(path: path)
        }
        let found: [GitConfigSyntax.Setting]
        do {
            guard let bytes = try Folder.smallFile(at: path) else { return }
            found = try GitConfigSyntax.settings(in: bytes)
        } catch let error as SystemError where isOfUser && error.code == EACCES {
            return
        } catch {
            throw GitRulesError(path: path)
        }
        for setting in found {
            settings.append(setting)
            guard try includes(setting, in: path) else { continue }
            guard let value = setting.value else { throw GitRulesError(path: path) }
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            try read(try self.path(value, from: folder), depth: depth + 1)
        }
    }

    /// Whether a setting includes another file, and its condition holds.
    private mutating func includes(
        _ setting: GitConfigSyntax.Setting, in file: String
    ) throws(GitRulesError) -> Bool {
        guard setting.name == "path" else { return false }
        if setting.key == "include.path" { return true }
        guard setting.section == "includeif", let text = setting.subsection else { return false }
        let condition = GitCondition(text)
        if case .hasRemote = condition, remotes == nil { needsRemotes = true }
        return condition.holds(in: git, file: file, home: environment.home, remotes: remotes ?? [])
    }
}
