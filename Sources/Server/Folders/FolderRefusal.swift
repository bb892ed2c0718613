import Wire

/// Why a session may not use a folder. The sentence goes to the client: it names the roots of that user and no other
/// path of the server.
public enum FolderRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is not an absolute path, is too long, or contains U+0000.
    case malformed
    /// The path does not exist, is not a folder, or is outside the user's roots. One case for all three: telling them
    /// apart would reveal which paths exist on the server.
    case outside(roots: [String])
    /// The folder holds, or lies in, the server's own files: data folder, configuration, TLS files.
    case serversOwn
    /// The user's home folder (``HomeFolders``) cannot be created, or is now a link or another user's.
    case homeUnusable

    /// How many roots the sentence names.
    private static let rootsNamed = 8

    /// One sentence: why, and which folder to ask for instead.
    public var description: String {
        switch self {
        case .malformed:
            return "the folder of a session must be an absolute path of at most \(Name.pathBytesMaximum) bytes"
        case .outside(let roots):
            let named = roots.prefix(FolderRefusal.rootsNamed).joined(separator: ", ")
            let more =
                roots.count > FolderRefusal.rootsNamed ? " and \(roots.count - FolderRefusal.rootsNamed) more" : ""
            return
                "this server does not allow you that folder for a session: choose one at or below \(named)\(more)"
        case .serversOwn: return "the server keeps its own files in that folder: choose another one"
        case .homeUnusable:
            return "the server cannot use the folder that it keeps for you: ask its operator to see the log"
        }
    }
}
