public import Ledger
import TOMLKit

/// Which folders the sessions of whom may have, as the configuration says it. ``SessionRoots`` sees to it.
public struct FolderRules: Sendable {
    /// `[sessions] roots`: the folders of all users of the network who have none of their own; `nil` gives each of
    /// them one folder in the data folder.
    public var shared: [String]?
    /// `[users.NAME] roots`.
    public var own: [Principal: [String]] = [:]
    /// What of the server's user no session may read, besides the data folder, the certificate and its key.
    public var secrets: [String] = []

    /// The most roots that one list may have.
    static let rootsMaximum = 64
    /// The most users that may have lists.
    static let usersMaximum = 10_000

    /// No roots are configured.
    public init() {}

    /// Takes over the section `users`.
    mutating func apply(users: TOMLTable, file: String) throws(ConfigurationError) {
        for (name, value) in users {
            if let problem = UserName.problem(with: name) {
                throw ConfigurationError("\(file): a user of 'users' \(problem)")
            }
            guard let table = value.table else { throw ConfigurationError("\(file): 'users.\(name)' is no section") }
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

    /// The roots of a list. Whether they are there is looked at when the server starts.
    static func roots(_ value: TOMLValue, _ key: String, file: String) throws(ConfigurationError) -> [String] {
        let roots = value.array?.compactMap(\.string) ?? []
        guard !roots.isEmpty, roots.count == value.array?.count, roots.count <= rootsMaximum,
            roots.allSatisfy({ $0.hasPrefix("/") && SessionRoots.isPath($0) })
        else {
            throw ConfigurationError(
                "\(file): '\(key)' is no list of 1 to \(rootsMaximum) absolute paths, such as [\"/srv/shop\"]")
        }
        return roots
    }
}
