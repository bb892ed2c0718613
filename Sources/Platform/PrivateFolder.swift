import Glibc

/// Creates folders with mode 0700.
public enum PrivateFolder {
    /// Creates a folder and its missing parents, each with mode 0700. An existing folder is left as it is; the caller
    /// has to check its owner and mode.
    ///
    /// - Throws: ``SystemError`` when one cannot be created, or the path exists and is no folder.
    public static func make(_ folder: String) throws(SystemError) {
        var made = ""
        for part in folder.split(separator: "/", omittingEmptySubsequences: false) {
            made += part + "/"
            guard mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
            throw SystemError("make the folder \(folder)")
        }
    }

    /// The parent folder of a path; `.` for a path without a slash.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
