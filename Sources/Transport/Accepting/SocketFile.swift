import Glibc

/// The file of a Unix domain socket, identified by device and inode and not only by its path.
struct SocketFile: Hashable, Sendable {
    private let path: String
    private let device: UInt
    private let number: UInt

    /// The file that has this path now; `nil` when there is none.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.path = path
        (device, number) = (UInt(status.st_dev), UInt(status.st_ino))
    }

    /// Whether the path still leads to this file.
    var isThere: Bool { SocketFile(path) == self }
}
