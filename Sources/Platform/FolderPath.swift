import Glibc

/// The spelling of a folder's path, by which its chats are found.
public enum FolderPath {
    /// An absolute path without empty and `.` components and without a slash at its end. `..` stays, since what it
    /// means depends on symbolic links.
    public static func normalized(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// The absolute path of what exists on this machine, without symbolic links and `..` (realpath(3)); `nil`, with errno
    /// set, when it does not exist or its path is not UTF-8.
    public static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        guard let text = String(validatingCString: real) else {
            errno = EILSEQ
            return nil
        }
        return text
    }

    /// The resolved path of a folder; the path itself when it does not exist.
    public static func real(_ path: String) -> String { resolved(path) ?? path }
}
