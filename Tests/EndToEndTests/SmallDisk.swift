import Foundation
import ProgramKit
import TestKit

/// A file system in memory of a given size, which the test fills and empties.
final class SmallDisk: Sendable {
    let path: String

    /// Whether one can be made here; only root may.
    static let isAllowed: Bool = {
        guard let directory = try? TemporaryDirectory("disk") else { return false }
        return (try? SmallDisk(at: directory.path, kilobytes: 64)) != nil
    }()

    /// Mounts one.
    ///
    /// - Parameter path: An empty folder.
    init(at path: String, kilobytes: Int) throws {
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k,mode=700") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
        self.path = path
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Takes all the room that is left.
    func fill() {
        let descriptor = open(path + "/filler", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: 4_096)
        while write(descriptor, zeros, zeros.count) > 0 {}
    }

    /// Gives the room back.
    func clear() { unlink(path + "/filler") }
}
