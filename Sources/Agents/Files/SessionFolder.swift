/// The folder of a session as an agent may use it: what to call it, where it really is, and what in it is not its.
///
/// Whoever makes one has checked that ``location`` is a place its user may read. It is opened from the top without
/// following a single link, so that it is the place that was checked, whatever has been moved or linked since.
public struct SessionFolder: Sendable {
    /// As the user named it, an absolute path: this is shown and recorded.
    public var path: String
    /// Where that led when it was checked: a path without links. `nil` takes ``path`` wherever it leads.
    public var location: String?
    /// Files and folders of the server itself: nothing in them is listed or read.
    public var hidden: [String]
    /// Whose session it is: what is kept of a folder is kept for each user apart.
    public var owner: String

    /// A folder that was checked.
    public init(path: String, location: String?, hidden: [String], owner: String) {
        self.path = path
        self.location = location
        self.hidden = hidden
        self.owner = owner
    }

    /// A folder of somebody who may read whatever this process may.
    public init(_ path: String) { self.init(path: path, location: nil, hidden: [], owner: "") }
}
