import Glibc
import Platform

/// The folder that holds everything the server keeps; only its user may enter it.
public enum DataFolder {
    /// Creates the folder and its parents, or checks owner and mode of one that exists.
    ///
    /// A folder that others may enter is refused rather than given mode 0700: files that they have put there or already
    /// opened would stay.
    ///
    /// - Returns: Its path with all symbolic links resolved, so that it stays the folder that was checked.
    /// - Throws: ``ConfigurationError`` when the folder cannot be created, is another user's, or is open to others.
    public static func prepare(_ folder: String) throws(ConfigurationError) -> String {
        do { try PrivateFolder.make(folder) } catch { throw ConfigurationError("\(error)") }
        guard let path = FolderPath.resolved(folder) else { throw unusable(folder) }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw unusable(folder) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ConfigurationError("the data folder \(folder) is no folder: choose another path with --data")
        }
        guard status.st_uid == geteuid() else {
            throw ConfigurationError("the data folder \(folder) belongs to another user: choose another with --data")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw ConfigurationError(
                "the data folder \(folder) is open to other users: check that nobody has changed its contents, then"
                    + " chmod 700 \(folder)")
        }
        return path
    }

    private static func unusable(_ folder: String) -> ConfigurationError {
        ConfigurationError("cannot use the data folder \(folder): \(String(cString: strerror(errno)))")
    }
}
