import Glibc

/// Size, modification time and inode, by which a changed file is detected without reading it.
struct FileStamp: Hashable, Sendable {
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
    var inode: Int64

    init(size: Int64, modified: Int64, inode: Int64) {
        self.size = size
        self.modified = modified
        self.inode = inode
    }

    /// Wraps on overflow: file systems can hold any time, and the value is only compared.
    init(_ status: stat) {
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        inode = Int64(truncatingIfNeeded: status.st_ino)
    }
}
