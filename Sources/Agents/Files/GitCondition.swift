/// The condition of an `includeIf` section (git-config(1)).
enum GitCondition: Hashable, Sendable {
    /// `gitdir:` and `gitdir/i:`: the repository's folder matches.
    case folder([UInt8], ignoresCase: Bool)
    /// `onbranch:`: the name of the branch matches.
    case branch([UInt8])
    /// `hasconfig:remote.*.url:`: the address of a remote matches.
    case hasRemote([UInt8])
    /// One that git does not know either, which never holds.
    case unknown

    /// Parses the quoted name of the section.
    init(_ text: [UInt8]) {
        func rest(behind word: String) -> [UInt8]? {
            text.starts(with: word.utf8) ? Array(text.dropFirst(word.utf8.count)) : nil
        }
        if let pattern = rest(behind: "gitdir:") {
            self = .folder(pattern, ignoresCase: false)
        } else if let pattern = rest(behind: "gitdir/i:") {
            self = .folder(pattern, ignoresCase: true)
        } else if let pattern = rest(behind: "onbranch:") {
            self = .branch(pattern)
        } else if let pattern = rest(behind: "hasconfig:remote.*.url:") {
            self = .hasRemote(pattern)
        } else {
            self = .unknown
        }
    }

    /// Whether it holds for a repository.
    ///
    /// - Parameters:
    ///   - file: The configuration file with the condition.
    ///   - home: What `~/` stands for.
    ///   - remotes: The addresses of all remotes.
    func holds(in git: GitFolder, file: String, home: String?, remotes: [[UInt8]]) -> Bool {
        switch self {
        case .folder(let pattern, let ignoresCase):
            guard let glob = GitCondition.glob(pattern, ignoresCase: ignoresCase, file: file, home: home) else {
                return false
            }
            let paths = [GitEnvironment.realPath(git.own), git.own].compactMap(\.self)
            return paths.contains { glob.matches(Array($0.utf8)) }
        case .branch(let pattern):
            guard let branch = git.branch else { return false }
            return Glob(prefix: [], GitCondition.withContents(pattern)).matches(branch)
        case .hasRemote(let pattern):
            let glob = Glob(prefix: [], GitCondition.withContents(pattern))
            return remotes.contains { glob.matches($0) }
        case .unknown: return false
        }
    }

    /// A pattern for folders: below the folder of the configuration file if it begins with `./`, anywhere if it is
    /// relative. What stands for a folder of the file system is compared literally.
    private static func glob(_ pattern: [UInt8], ignoresCase: Bool, file: String, home: String?) -> Glob? {
        let home = home.flatMap(GitEnvironment.realPath) ?? home
        var pattern = GitEnvironment.expanded(pattern, home: home) ?? pattern
        var prefix: [UInt8] = []
        if pattern.starts(with: "./".utf8) {
            guard let real = GitEnvironment.realPath(file), let slash = real.utf8.lastIndex(of: UInt8(ascii: "/"))
            else {
                return nil
            }
            prefix = real.utf8[...slash].map(\.self)
            pattern.removeFirst(2)
        } else if pattern.first != UInt8(ascii: "/") {
            pattern = Array("**/".utf8) + pattern
        }
        return Glob(prefix: prefix, withContents(pattern), ignoresCase: ignoresCase)
    }

    /// With a slash at its end, a pattern stands for all that is in the folder.
    private static func withContents(_ pattern: [UInt8]) -> [UInt8] {
        pattern.last == UInt8(ascii: "/") ? pattern + Array("**".utf8) : pattern
    }
}
