import Glibc

/// Folders that are this user's alone.
public enum PrivateFolder {
    /// Makes a folder and those above it that are not there, each with mode 0700. One that is there stays as it is; who
    /// may enter it is the caller's to look at.
    ///
    /// - Throws: ``SystemError`` when one cannot be made, or something else has its name.
    public static func make(_ folder: String) throws(SystemError) {
        var made = ""
        for part in folder.split(separator: "/", omittingEmptySubsequences: false) {
            made += part + "/"
            guard mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
            throw SystemError("make the folder \(folder)")
        }
    }

    /// The folder that a file is in: `.` for one without.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
