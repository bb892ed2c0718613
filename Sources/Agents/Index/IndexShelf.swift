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

    /// Runs `work` with the index of a folder. A damaged index is quarantined, and the work is repeated with a new one.
    func withIndex<Value>(
        of folder: SessionFolder, _ work: (PassageIndex) async throws -> Value
    ) async throws -> Value {
        let key = try IndexKey(folder)
        let path = path(for: key)
        try makeDirectory()
        do {
            return try await attempt(path, key, work)
        } catch let error where IndexShelf.isDamage(error) {
            logger.warning("Index set aside", metadata: ["path": "\(path)", "error": "\(error)"])
            setAside(path)
            return try await attempt(path, key, work)
        }
    }

    /// The path of an index's file.
    func path(for key: IndexKey) -> String { directory + "/" + key.fileName }

    private func attempt<Value>(
        _ path: String, _ key: IndexKey, _ work: (PassageIndex) async throws -> Value
    ) async throws -> Value {
        if access(path, F_OK) != 0 { makeRoom() }
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

    private static func isDamage(_ error: any Error) -> Bool {
        if error is PassageIndex.Foreign { return true }
        guard let error = error as? DatabaseError else { return false }
        return error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
    }

    /// Quarantines an unusable file, replacing one that was quarantined before: one is enough for a diagnosis.
    private func setAside(_ path: String) {
        rename(path, path + ".damaged")
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
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError(code: errno) }
        }
    }
}
