import GRDB
import Glibc
import Logging

/// The folder with the indexes of all folders and users.
struct IndexShelf: Sendable {
    private let directory: String
    private let logger: Logger
    private let limits: LibrarianLimits

    init(dataDirectory: String, logger: Logger, limits: LibrarianLimits) {
        directory = dataDirectory + "/indexes"
        self.logger = logger
        self.limits = limits
    }

    /// Runs `work` with the index of a folder. A damaged index is quarantined, and the work is repeated with a new one;
    /// if that cannot be used either, with one in memory.
    func withIndex<Value>(
        of folder: SessionFolder, _ work: (PassageIndex) async throws -> Value
    ) async throws -> Value {
        let key = try IndexKey(folder)
        let path = path(for: key)
        do {
            do {
                try makeDirectory()
                return try await attempt(path, key, work)
            } catch let error where IndexShelf.isDamage(error) {
                logger.warning("Index set aside", metadata: ["path": "\(path)", "error": "\(error)"])
                setAside(path)
                return try await attempt(path, key, work)
            }
        } catch let error where IndexShelf.isDamage(error) || error is Unusable {
            logger.warning("Index in memory", metadata: ["path": "\(path)", "error": "\(error)"])
            return try await attempt(nil, key, work)
        }
    }

    /// The error for a folder of indexes that cannot be made, such as one with a file in its place.
    private struct Unusable: Error {
        /// The errno of mkdir(2).
        var code: Int32
    }

    /// The path of an index's file.
    func path(for key: IndexKey) -> String { directory + "/" + key.fileName }

    private func attempt<Value>(
        _ path: String?, _ key: IndexKey, _ work: (PassageIndex) async throws -> Value
    ) async throws -> Value {
        if let path, access(path, F_OK) != 0 { makeRoom() }
        let index = try PassageIndex(path: path, key: key)
        do {
            let value = try await work(index)
            try index.close()
            return value
        } catch {
            try? index.close()
            throw error
        }
    }

    /// Whether a new file may help: the index is a cache, so whatever SQLite says of it counts as damage (a missing
    /// table, a directory in its place), except that it is in use, that the disk is full, or that the turn was cancelled.
    private static func isDamage(_ error: any Error) -> Bool {
        if error is PassageIndex.Foreign { return true }
        guard let error = error as? DatabaseError else { return false }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_INTERRUPT, .SQLITE_ABORT, .SQLITE_NOMEM: return false
        default: return true
        }
    }

    /// Quarantines an unusable file, replacing one that was quarantined before: one is enough for a diagnosis.
    private func setAside(_ path: String) {
        if rename(path, path + ".damaged") != 0 {
            // A directory in the place of either: rename(2) replaces no directory by a file.
            rmdir(path + ".damaged")
            unlink(path + ".damaged")
            rename(path, path + ".damaged")
        }
        // A leftover write-ahead log would be applied to the new database.
        unlink(path + "-wal")
        unlink(path + "-shm")
    }

    /// Deletes the least recently used index when the maximum is reached.
    ///
    /// A turn that has it open keeps using the unlinked file until it ends.
    private func makeRoom() {
        guard let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        var indexes: [(path: String, modified: Int64)] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            let name = String(decoding: bytes, as: UTF8.self)
            var status = stat()
            guard name.hasSuffix(".sqlite"), stat(directory + "/" + name, &status) == 0 else { continue }
            indexes.append((directory + "/" + name, FileStamp(status).modified))
        }
        indexes.sort { $0.modified < $1.modified }
        for index in indexes.prefix(max(0, indexes.count - limits.indexes + 1)) {
            for ending in ["", "-wal", "-shm", ".damaged"] { unlink(index.path + ending) }
        }
    }

    private func makeDirectory() throws {
        var path = directory.hasPrefix("/") ? "" : "."
        for part in directory.split(separator: "/") {
            path += "/" + part
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Unusable(code: errno) }
        }
    }
}
