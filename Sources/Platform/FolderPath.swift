import Glibc

/// The spelling of a folder's path, by which its chats are found.
public enum FolderPath {
    /// An absolute path without empty and `.` components and without a slash at its end. `..` stays, since what it
    /// means depends on symbolic links.
    public static func normalized(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// The path of a folder on this machine with symbolic links followed; the path itself when it does not exist.
    public static func real(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(validatingCString: real) ?? path
    }
}
