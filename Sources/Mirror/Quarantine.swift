import GRDB
import Glibc
import Wire

/// Quarantine of damaged files: a file that cannot be opened is renamed, never deleted, and a new one is created.
enum Quarantine {
    /// Opens the file; if it is damaged, renames it and opens a new one.
    ///
    /// - Parameter isCache: Whether a file of a newer version is renamed as well, since it can be fetched again.
    /// - Returns: The opened file, and the new path of a damaged one.
    static func open<Opened>(
        path: String, stamp: Int64, isCache: Bool = false, _ open: () throws(StoreError) -> Opened
    ) throws(StoreError) -> (opened: Opened, setAside: String?) {
        do throws(StoreError) {
            return (try open(), nil)
        } catch {
            switch error {
            case .corrupt, .damaged: break
            case .newer where isCache: break
            case .full, .newer, .notNow, .failed: throw error
            }
            let name = try setAside(path: path, stamp: stamp)
            return (try open(), name)
        }
    }

    /// Renames the file together with its write-ahead log.
    ///
    /// - Returns: The new path.
    static func setAside(path: String, stamp: Int64) throws(StoreError) -> String {
        var name = "\(path).damaged-\(stamp)"
        var number = 1
        while access(name, F_OK) == 0 {
            // rename(2) would replace a file that was quarantined earlier: use the next free name.
            number += 1
            name = "\(path).damaged-\(stamp)-\(number)"
        }
        guard rename(path, name) == 0 else {
            throw .failed("\(path) is damaged and cannot be renamed: \(String(cString: strerror(errno)))")
        }
        for suffix in ["-wal", "-shm"] { rename(path + suffix, name + suffix) }
        return name
    }
}
