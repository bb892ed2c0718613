import Glibc

/// The file of a Unix domain socket, by what it is and not only by its name.
struct SocketFile: Hashable, Sendable {
    private let path: String
    private let device: UInt
    private let number: UInt

    /// The file that has this name now; `nil` when there is none.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.path = path
        (device, number) = (UInt(status.st_dev), UInt(status.st_ino))
    }

    /// Whether the name still leads to this file.
    var isThere: Bool { SocketFile(path) == self }
}
