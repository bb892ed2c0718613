public import Ledger
import TOMLKit

/// Which folders the sessions of which user may have, as configured; ``SessionRoots`` enforces it.
public struct FolderRules: Sendable {
    /// `[sessions] roots` or `--root`: the roots of network users without a list of their own; `nil` gives each of them
    /// a home folder in the data folder.
    public var shared: [String]?
    /// What error messages call ``shared``: the key, or the option that takes precedence over it.
    public var sharedKey = "sessions.roots"
    /// `[users.NAME] roots`: the roots of single users, in place of ``shared``.
    public var own: [Principal: [String]] = [:]
    /// Further paths that no session may read, besides the data folder, the certificate and its key.
    public var secrets: [String] = []

    /// The most roots that one list may have.
    static let rootsMaximum = 64
    /// The most users that may have lists.
    static let usersMaximum = 10_000

    /// No roots: network users get home folders, and the local user is not confined.
    public init() {}

    /// Applies the section `users` of the configuration file.
    mutating func apply(users: TOMLTable, file: String) throws(ConfigurationError) {
        for (name, value) in users {
            if let problem = UserName.problem(with: name) {
                throw ConfigurationError("\(file): a user name in 'users' \(problem)")
            }
            guard let table = value.table else { throw ConfigurationError("\(file): 'users.\(name)' is not a section") }
            for (key, value) in table {
                guard key == "roots" else {
                    throw ConfigurationError("\(file): there is no key 'users.\(name).\(key)'")
                }
                own[Principal(name)] = try FolderRules.roots(value.tomlValue, "users.\(name).roots", file: file)
            }
        }
        guard own.count <= FolderRules.usersMaximum else {
            throw ConfigurationError("\(file): 'users' has more than \(FolderRules.usersMaximum) users")
        }
    }

    /// The roots of a list. Whether they exist is checked by ``SessionRoots`` at the start.
    static func roots(_ value: TOMLValue, _ key: String, file: String) throws(ConfigurationError) -> [String] {
        let roots = value.array?.compactMap(\.string) ?? []
        guard !roots.isEmpty, roots.count == value.array?.count, roots.count <= rootsMaximum,
            roots.allSatisfy({ $0.hasPrefix("/") && SessionRoots.isPath($0) })
        else {
            throw ConfigurationError(
                "\(file): '\(key)' is not a list of 1 to \(rootsMaximum) absolute paths, such as [\"/srv/shop\"]")
        }
        return roots
    }
}
