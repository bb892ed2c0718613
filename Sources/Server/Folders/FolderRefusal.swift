import Wire

/// Why a session may not have a folder. The sentence goes to the client: it names the roots of that user, which are
/// the user's to know, and no other path of the server.
public enum FolderRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked for is no path that could be one.
    case malformed
    /// It is not there, is no folder, or does not lie in one of the user's roots. Which of the three is not said: that
    /// would tell strangers what else there is.
    case outside(roots: [String])
    /// The server keeps its own files there.
    case serversOwn
    /// The user's own folder cannot be made or is not as it was made.
    case homeUnusable

    /// So many roots are named.
    private static let rootsNamed = 8

    /// One sentence, saying what to ask for instead.
    public var description: String {
        switch self {
        case .malformed:
            return "the folder of a session is an absolute path of at most \(Name.pathBytesMaximum) bytes"
        case .outside(let roots):
            let named = roots.prefix(FolderRefusal.rootsNamed).joined(separator: ", ")
            let more =
                roots.count > FolderRefusal.rootsNamed ? " and \(roots.count - FolderRefusal.rootsNamed) more" : ""
            return
                "the session's folder is none that you may use at this server: take one that is or lies in \(named)\(more)"
        case .serversOwn: return "the server keeps files of its own in that folder: take another one"
        case .homeUnusable: return "your folder at this server cannot be used: tell its operator, whose log says more"
        }
    }
}
