import Glibc
import Platform

/// The folder that the server keeps everything in: its user's own, and closed to all others.
public enum DataFolder {
    /// Makes the folder and those above it if they are not there, and looks at it if it is.
    ///
    /// One that others may enter is refused and not closed: what they have put into it or opened already would stay.
    ///
    /// - Returns: Its path without links, so that it stays the folder that was looked at.
    /// - Throws: ``ConfigurationError``, saying what to do.
    public static func prepare(_ folder: String) throws(ConfigurationError) -> String {
        do { try PrivateFolder.make(folder) } catch { throw ConfigurationError("\(error)") }
        guard let resolved = realpath(folder, nil) else { throw unusable(folder) }
        defer { free(resolved) }
        let path = String(cString: resolved)
        var status = stat()
        guard lstat(path, &status) == 0 else { throw unusable(folder) }
        guard status.st_uid == geteuid() else {
            throw ConfigurationError("the data folder \(folder) belongs to another user: take one of your own")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw ConfigurationError(
                "the data folder \(folder) is open to other users: see that nobody has changed what is in it, then"
                    + " chmod 700 \(folder)")
        }
        return path
    }

    private static func unusable(_ folder: String) -> ConfigurationError {
        ConfigurationError("cannot use the folder \(folder): \(String(cString: strerror(errno)))")
    }
}
