import Glibc

/// The permissions of a TLS key file.
enum KeyFile {
    /// Whether the group may write the file, or others may do anything with it. Reading by the group is allowed: that
    /// is how a system's certificates are shared among its servers (group `ssl-cert`).
    static func isExposed(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o027 != 0
    }
}
