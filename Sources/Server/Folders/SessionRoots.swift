public import Agents
import Glibc
public import Ledger
import Wire

/// Which folders sessions may have, and where those are at this moment.
///
/// A user of the network is confined to roots; the local user is not, unless roots are configured for it: it is the
/// user of this process and could read all of it anyway. The server's own files are nobody's. It holds no state, and
/// may be asked on any thread that may wait for the disk.
public struct SessionRoots: Sendable {
    /// The user of whoever needs no token.
    public static let local = Principal("local")

    private let shared: [RealPath]?
    private let own: [Principal: [RealPath]]
    private let homes: HomeFolders
    private let secrets: [String]

    /// Looks at the roots of a configuration.
    ///
    /// - Throws: ``ConfigurationError`` when a root is not there, goes through a link, or has to do with the server's
    ///   own files: a root that somebody can make lead elsewhere is none.
    public init(_ configuration: ServerConfiguration) throws(ConfigurationError) {
        let rules = configuration.folders
        var secrets = [configuration.dataDirectory] + rules.secrets
        if let tls = configuration.tls { secrets += [tls.certificate, tls.key] }
        for secret in secrets where !secret.hasPrefix("/") || !SessionRoots.isPath(secret) {
            throw ConfigurationError("'\(secret)' is no absolute path")
        }
        let secret = secrets.map { RealPath(asFarAsItExists: $0) }
        shared = try rules.shared.map { roots throws(ConfigurationError) in
            try SessionRoots.checked(roots, "sessions.roots", secret, mayHold: false)
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

    /// Whether a text can be a path.
    static func isPath(_ text: String) -> Bool {
        !text.utf8.contains(0) && text.utf8.count <= Name.pathBytesMaximum
    }

    private static func checked(
        _ roots: [String], _ key: String, _ secrets: [RealPath], mayHold: Bool
    ) throws(ConfigurationError) -> [RealPath] {
        var checked: [RealPath] = []
        for root in roots {
            guard let path = RealPath(root), path.isFolder, let text = path.text else {
                throw ConfigurationError("'\(key)': there is no folder '\(root)'")
            }
            // Compared as written, trailing slashes aside: `..` and links are not for a line that is to be believed.
            let written = root.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
            guard written == path.parts else {
                throw ConfigurationError(
                    "'\(key)': '\(root)' goes through a link or a detour: write where it leads, '\(text)'")
            }
            for secret in secrets where secret.contains(path) || !mayHold && path.contains(secret) {
                throw ConfigurationError(
                    "'\(key)': '\(root)' has to do with '\(secret.text ?? root)', which is the server's own:"
                        + " choose folders beside it")
            }
            checked.append(path)
        }
        return checked
    }

    /// The roots of a user; `nil` for one who is not confined.
    private func roots(of user: Principal) throws(FolderRefusal) -> (paths: [RealPath], isHome: Bool)? {
        if let own = own[user] { return (own, false) }
        if user == SessionRoots.local { return nil }
        if let shared { return (shared, false) }
        guard let home = RealPath(try homes.make(for: user)) else { throw .homeUnusable }
        return ([home], true)
    }

    /// The folder of a session as its agent may use it.
    ///
    /// It is asked when a session is made, and again when each turn begins: roots, links and folders change.
    ///
    /// - Parameters:
    ///   - requested: What the client asked for.
    ///   - user: Whose session it is.
    public func folder(_ requested: String, for user: Principal) throws(FolderRefusal) -> SessionFolder {
        guard requested.hasPrefix("/"), SessionRoots.isPath(requested) else { throw .malformed }
        let allowed = try roots(of: user)
        let place = RealPath(requested)
        if let allowed {
            guard let place, place.isFolder, allowed.paths.contains(where: { $0.contains(place) }) else {
                throw .outside(roots: allowed.paths.compactMap(\.text))
            }
        }
        // Who is not confined may have a folder that is not there yet; nothing is read before it is.
        let found = place ?? RealPath(asFarAsItExists: requested)
        for secret in secrets.map({ RealPath(asFarAsItExists: $0) }) {
            let isWithin = secret.contains(found) && !(allowed?.isHome ?? false)
            // The local user's home holds such things, and the agent leaves them out; others are given none to leave.
            let isAround = found.contains(secret) && user != SessionRoots.local
            guard !isWithin, !isAround else { throw .serversOwn }
        }
        guard let location = found.text else { throw .malformed }
        return SessionFolder(path: requested, location: location, hidden: secrets, owner: user.rawValue)
    }
}
