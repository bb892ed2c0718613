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
    /// `core.ignoreCase`: patterns match in upper and lower case.
    private(set) var ignoresCase = false
    /// The tracked files; the index is only read once a rule ignores something.
    private var tracked: GitIndex?
    private var git: GitFolder?
    private var objectNameLength = 20

    /// Rules for a folder that is in no repository: nothing is ignored.
    init() {}

    /// Reads the rules for a folder.
    ///
    /// - Parameters:
    ///   - folder: An absolute path without links.
    ///   - environment: The places of the user's git configuration.
    /// - Throws: ``GitRulesError`` when some rule is unknown.
    init(of folder: String, environment: GitEnvironment = .current) throws(GitRulesError) {
        var names: [Substring] = []
        var top = folder == "/" ? "" : folder[...]
        // A path has at most PATH_MAX / 2 parts.
        while true {
            if let git = GitFolder(in: String(top)) {
                try read(git, top: String(top), below: names, environment)
                return
            }
            guard let slash = top.lastIndex(of: "/") else { return }
            names.insert(top[top.index(after: slash)...], at: 0)
            top = top[..<slash]
        }
    }

    /// Reads the rules for the top of a repository.
    init(_ git: GitFolder, top: String, environment: GitEnvironment) throws(GitRulesError) {
        try read(git, top: top, below: [], environment)
    }

    private mutating func read(
        _ git: GitFolder, top: String, below names: [Substring], _ environment: GitEnvironment
    ) throws(GitRulesError) {
        let configuration = try GitConfig(of: git, environment: environment)
        self.git = git
        ignoresCase = try configuration.ignoresCase()
        objectNameLength = configuration.objectNameLength
        path = names.map { Array($0.utf8)[...] }
        var folder = top
        for name in names {
            above.append(try patterns(at: folder + "/.gitignore", followsLinks: false))
            folder += "/\(name)"
        }
        for file in [git.common + "/info/exclude", try configuration.excludesFile(top: top)] {
            if let file, let patterns = try patterns(at: file, mayBeClosed: true) { last.append(patterns) }
        }
        guard path.indices.contains(where: { ignores(Array(path[...$0]), isFolder: true, by: Array(above[...$0])) })
        else { return }
        var bytesLeft = GitIndex.bytesMaximum
        if tracks(path, isFolder: true, bytesLeft: &bytesLeft) {
            isLeftOut = true
        } else {
            // The user has chosen an ignored folder as the session's folder: list its files all the same.
            (above, last) = (above.map { _ in nil }, [])
        }
    }

    /// The patterns of a file; `nil` when there is none.
    ///
    /// - Parameter mayBeClosed: Whether a file that may not be read counts as none, as it does for git.
    private func patterns(
        at path: String, followsLinks: Bool = true, mayBeClosed: Bool = false
    ) throws(GitRulesError) -> GitIgnore? {
        do throws(SystemError) {
            return try GitRules.patterns(
                in: try Folder.smallFile(at: path, followsLinks: followsLinks), ignoresCase: ignoresCase)
        } catch {
            if mayBeClosed, error.code == EACCES { return nil }
            throw GitRulesError(path: path)
        }
    }

    /// The patterns of a `.gitignore` in a folder that is walked; `nil` when there is none.
    ///
    /// - Throws: ``SystemError`` when they cannot be read completely, EFBIG when they exceed a bound.
    func patterns(in folder: borrowing Folder) throws(SystemError) -> GitIgnore? {
        try GitRules.patterns(
            in: try folder.smallFile(".gitignore", bytesMaximum: FileLister.ignoreFileBytesMaximum),
            ignoresCase: ignoresCase)
    }

    private static func patterns(in bytes: [UInt8]?, ignoresCase: Bool) throws(SystemError) -> GitIgnore? {
        guard let patterns = bytes.map({ GitIgnore($0, ignoresCase: ignoresCase) }) else { return nil }
        guard patterns.isComplete else { throw SystemError(code: EFBIG) }
        return patterns
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

    /// Whether git tracks a file, or a file in a folder, or a folder as a submodule.
    ///
    /// - Parameter bytesLeft: How much of an index may be read; what is read is subtracted.
    mutating func tracks(_ path: [ArraySlice<UInt8>], isFolder: Bool, bytesLeft: inout Int) -> Bool {
        let tracked = index(bytesLeft: &bytesLeft)
        return tracked.has(path) || isFolder && tracked.holds(path)
    }

    /// Whether git tracks a folder itself, as a submodule.
    mutating func tracksAsSubmodule(_ path: [ArraySlice<UInt8>], bytesLeft: inout Int) -> Bool {
        index(bytesLeft: &bytesLeft).has(path)
    }

    private mutating func index(bytesLeft: inout Int) -> GitIndex {
        if let tracked { return tracked }
        let index =
            git.map { GitIndex(of: $0, objectNameLength: objectNameLength, bytesLeft: &bytesLeft) } ?? GitIndex()
        tracked = index
        return index
    }
}
