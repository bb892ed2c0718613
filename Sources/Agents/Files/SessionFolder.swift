/// The folder of a session as an agent may use it: its path, its resolved location, and the files in it to skip.
///
/// The server has checked that the user may read ``location``. The folder is opened component by component without
/// following symbolic links, so that it is the folder that was checked, whatever was moved or linked since.
public struct SessionFolder: Sendable {
    /// The absolute path as the client sent it, which is shown and recorded.
    public var path: String
    /// The path without symbolic links to which it led when it was checked; `nil` to open ``path`` unchecked.
    public var location: String?
    /// Files and folders of the server itself, which are neither listed nor read.
    public var hidden: [String]
    /// The owner of the session: indexes are kept for each user separately.
    public var owner: String

    /// Creates a folder that was checked.
    public init(path: String, location: String?, hidden: [String], owner: String) {
        self.path = path
        self.location = location
        self.hidden = hidden
        self.owner = owner
    }

    /// Where it is: without links, if that is known.
    public var place: String { location ?? path }

    /// The path below the folder that an absolute path names, by either of the folder's; `nil` for one that is not below it.
    func below(_ absolute: String) -> Substring? {
        for root in [location, path].compactMap({ $0 }) {
            let root = root.hasSuffix("/") ? root : root + "/"
            if absolute.hasPrefix(root) { return absolute.dropFirst(root.count) }
        }
        return nil
    }

    /// The absolute path of something below the folder, as its client has the folder.
    func path(to below: some StringProtocol) -> String { (path.hasSuffix("/") ? path : path + "/") + below }

    /// Creates a folder without checks, for tests and trusted callers.
    public init(_ path: String) { self.init(path: path, location: nil, hidden: [], owner: "") }
}
