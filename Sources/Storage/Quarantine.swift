import GRDB
import Glibc
import Wire

/// Opening a file that may be damaged: it is set aside under another name, never deleted, and a new one is begun.
enum Quarantine {
    /// Opens, and if the file is damaged, sets it aside and opens anew.
    ///
    /// - Returns: What was opened, and where the damaged file is now.
    static func open<Opened>(
        path: String, stamp: Int64, _ open: () throws(StoreError) -> Opened
    ) throws(StoreError) -> (opened: Opened, setAside: String?) {
        do throws(StoreError) {
            return (try open(), nil)
        } catch .corrupt {
            let name = try setAside(path: path, stamp: stamp)
            return (try open(), name)
        }
    }

    /// Renames the file and its log.
    ///
    /// - Returns: The new name.
    static func setAside(path: String, stamp: Int64) throws(StoreError) -> String {
        var name = "\(path).damaged-\(stamp)"
        var number = 1
        while access(name, F_OK) == 0 {
            // Renaming onto an earlier one would delete it.
            number += 1
            name = "\(path).damaged-\(stamp)-\(number)"
        }
        guard rename(path, name) == 0 else {
            throw .failed("\(path) is damaged and cannot be set aside: \(String(cString: strerror(errno)))")
        }
        for suffix in ["-wal", "-shm"] { rename(path + suffix, name + suffix) }
        return name
    }
}
