public import Agents
import Glibc
public import Ledger
import Wire

/// Decides which folders sessions may use, against the file system as it is at that moment.
///
/// A network user is confined to roots. The local user is not, unless roots are configured for it: it is the user of
/// this process and can read the same files anyway. Nobody may use the server's own files. The type holds no state, and
/// may be used on any thread that may block on the disk.
public struct SessionRoots: Sendable {
    /// The user of local programs that need no token (SO_PEERCRED on the Unix domain socket).
    public static let local = Principal("local")

    private let shared: [RealPath]?
    private let own: [Principal: [RealPath]]
    private let homes: HomeFolders
    private let secrets: [String]

    /// Checks the roots of a configuration.
    ///
    /// - Throws: ``ConfigurationError`` when a root does not exist, contains a symbolic link, or overlaps the server's
    ///   own files. A link is refused because its owner could point it elsewhere after this check.
    public init(_ configuration: ServerConfiguration) throws(ConfigurationError) {
        let rules = configuration.folders
        var secrets = [configuration.dataDirectory] + rules.secrets
        if let tls = configuration.tls { secrets += [tls.certificate, tls.key] }
        for secret in secrets where !secret.hasPrefix("/") || !SessionRoots.isPath(secret) {
            throw ConfigurationError("'\(secret)' is not an absolute path")
        }
        let secret = secrets.map { RealPath(asFarAsItExists: $0) }
        shared = try rules.shared.map { roots throws(ConfigurationError) in
            try SessionRoots.checked(roots, rules.sharedKey, secret, mayHold: false)
        }
        var own: [Principal: [RealPath]] = [:]
        for (user, roots) in rules.own {
            own[user] = try SessionRoots.checked(
                roots, "users.\(user).roots", secret, mayHold: user == SessionRoots.local)
        }
        self.own = own
        homes = HomeFolders(dataDirectory: configuration.dataDirectory)
        self.secrets = secrets
    }

    /// Whether a text is short enough for a path and free of U+0000.
    static func isPath(_ text: String) -> Bool {
        !text.utf8.contains(0) && text.utf8.count <= Name.pathBytesMaximum
    }

    private static func checked(
        _ roots: [String], _ key: String, _ secrets: [RealPath], mayHold: Bool
    ) throws(ConfigurationError) -> [RealPath] {
        var checked: [RealPath] = []
        for root in roots {
            guard let path = RealPath(root), path.isFolder, let text = path.text else {
                throw ConfigurationError("'\(key)': there is no folder '\(root)': create it or take it off the list")
            }
            // The root as written, trailing slashes aside, has to be its own real path: no `..` and no symbolic link.
            let written = root.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
            guard written == path.parts else {
                throw ConfigurationError(
                    "'\(key)': '\(root)' contains a symbolic link or '..': write the path it leads to, '\(text)'")
            }
            for secret in secrets where secret.contains(path) || !mayHold && path.contains(secret) {
                throw ConfigurationError(
                    "'\(key)': '\(root)' overlaps '\(secret.text ?? root)', which holds the server's own files:"
                        + " choose another folder")
            }
            checked.append(path)
        }
        return checked
    }

    /// The roots of a user; `nil` for a user who is not confined.
    private func roots(of user: Principal) throws(FolderRefusal) -> (paths: [RealPath], isHome: Bool)? {
        if let own = own[user] { return (own, false) }
        if user == SessionRoots.local { return nil }
        if let shared { return (shared, false) }
        guard let home = RealPath(try homes.make(for: user)) else { throw .homeUnusable }
        return ([home], true)
    }

    /// Checks the folder of a session, and returns it as its agent may use it.
    ///
    /// Called when a session is created and again when each turn begins, since roots, links and folders change.
    ///
    /// - Parameters:
    ///   - requested: The path that the client asked for.
    ///   - user: The owner of the session.
    /// - Throws: ``FolderRefusal``, whose sentence may be sent to the client.
    public func folder(_ requested: String, for user: Principal) throws(FolderRefusal) -> SessionFolder {
        guard requested.hasPrefix("/"), SessionRoots.isPath(requested) else { throw .malformed }
        let allowed = try roots(of: user)
        let place = RealPath(requested)
        if let allowed {
            guard let place, place.isFolder, allowed.paths.contains(where: { $0.contains(place) }) else {
                throw .outside(roots: allowed.paths.compactMap(\.text))
            }
        }
        // A user who is not confined may name a folder that does not exist yet; nothing is read before it does.
        let found = place ?? RealPath(asFarAsItExists: requested)
        for secret in secrets.map({ RealPath(asFarAsItExists: $0) }) {
            let isWithin = secret.contains(found) && !(allowed?.isHome ?? false)
            // The local user's home contains such files, and the agent skips them. Other users are refused such a
            // folder.
            let isAround = found.contains(secret) && user != SessionRoots.local
            guard !isWithin, !isAround else { throw .serversOwn }
        }
        guard let location = found.text else { throw .malformed }
        return SessionFolder(path: requested, location: location, hidden: secrets, owner: user.rawValue)
    }
}
