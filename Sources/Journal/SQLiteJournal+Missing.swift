import Glibc

extension SQLiteJournal {
    /// Whether the journal is missing or empty although the data folder was used by a server before: a copy was restored
    /// without it, or the file was deleted. The server starts with an empty one, and its operator should know.
    ///
    /// - Parameter folder: The data folder.
    public static func isMissing(folder: String) -> Bool {
        var status = stat()
        let path = "\(folder)/\(fileName)"
        guard stat(path, &status) != 0 || status.st_size == 0 else { return false }
        // What a server leaves there: the lock of its journal, and the indexes of its librarian.
        return access(path + ".lock", F_OK) == 0 || access("\(folder)/indexes", F_OK) == 0
    }
}
