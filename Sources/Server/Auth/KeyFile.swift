import Glibc

/// The file of a TLS key, as others of this machine see it.
enum KeyFile {
    /// Whether others than its owner and a group of readers may read or change it. A group is let pass for reading:
    /// that is how a system's certificates are shared among its servers.
    static func isExposed(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o027 != 0
    }
}
