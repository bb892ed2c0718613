import GRDB
import Glibc
import SQLiteFiles
import TestKit
import Testing
import Wire

/// Whatever is done to the files of an open database by their names is noticed before the next commit.
@Suite struct FilesInUseTests {
    private let folder: TemporaryDirectory
    private var database: String { folder.path("journal.db") }

    init() throws {
        folder = try TemporaryDirectory()
        for name in ["journal.db", "journal.db-wal"] { try write(name) }
    }

    private func write(_ name: String) throws {
        let descriptor = open(folder.path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
    }

    enum Change: CaseIterable {
        case deleted, moved, replaced, madeAnew, linked, linkedToItself, folder
    }

    @Test(arguments: ["journal.db", "journal.db-wal"], Change.allCases)
    func aChangeIsNoticed(name: String, change: Change) throws {
        let files = try #require(FilesInUse(database: database))
        #expect(files.isIntact)
        let (path, aside) = (folder.path(name), folder.path("aside"))
        switch change {
        case .deleted: unlink(path)
        case .moved: rename(path, aside)
        case .replaced:
            try write("aside")
            rename(aside, path)
        case .madeAnew:
            // The old one stays open elsewhere, as a database's does, so that its inode is not given out again.
            rename(path, aside)
            try write(name)
        case .linked:
            try write("aside")
            unlink(path)
            symlink(aside, path)
        case .linkedToItself:
            rename(path, aside)
            symlink(aside, path)
        case .folder:
            rename(path, aside)
            mkdir(path, 0o700)
        }
        #expect(!files.isIntact)
    }

    @Test func whatIsMovedBackIsTheSame() throws {
        let files = try #require(FilesInUse(database: database))
        rename(database, folder.path("aside"))
        #expect(!files.isIntact)
        rename(folder.path("aside"), database)
        #expect(files.isIntact)
    }

    @Test func writingIsNoChange() throws {
        let files = try #require(FilesInUse(database: database))
        let descriptor = open(database, O_WRONLY | O_APPEND)
        #expect(Glibc.write(descriptor, "text", 4) == 4)
        close(descriptor)
        #expect(chmod(database, 0o640) == 0)
        #expect(files.isIntact)
    }

    @Test func aLogThatIsNotThereYetIsNotMissed() throws {
        unlink(folder.path("journal.db-wal"))
        let files = try #require(FilesInUse(database: database))
        #expect(files.isIntact)
        try write("journal.db-wal")
        #expect(files.isIntact)
    }

    @Test func withoutAFileThereIsNothingToWatch() throws {
        #expect(FilesInUse(database: folder.path("none")) == nil)
        symlink(database, folder.path("link"))
        #expect(FilesInUse(database: folder.path("link")) == nil)
    }

    private func makeStore(in folder: String) throws(StoreError) -> DatabaseFile {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: notes") { try $0.execute(sql: "CREATE TABLE notes (text TEXT) STRICT") }
        return try DatabaseFile(path: folder + "/journal.db", durability: .full, migrator: migrator)
    }

    /// A real store: its log is there as soon as it was written to.
    @Test func theFilesOfAStore() throws {
        let store = try makeStore(in: folder.path("store"))
        let files = try #require(FilesInUse(database: store.path))
        #expect(try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM notes") } == 0)
        #expect(files.isIntact)
        rename(folder.path("store"), folder.path("moved"))
        #expect(!files.isIntact)
    }

    /// What stands in the place of a database has to be this user's own file, or nothing.
    @Test(arguments: ["journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"])
    func aLinkInThePlaceOfADatabaseIsNotFollowed(name: String) throws {
        let store = folder.path("store")
        try #require(mkdir(store, 0o700) == 0)
        for target in [folder.path("elsewhere"), folder.path("journal.db"), "/dev/null", name] {
            symlink(target, store + "/" + name)
            do throws(StoreError) {
                _ = try makeStore(in: store)
                Issue.record("opened through \(name) -> \(target)")
            } catch {
                #expect(error.description.contains(name), "\(error)")
            }
            unlink(store + "/" + name)
        }
        #expect(access(folder.path("elsewhere"), F_OK) != 0, "and nothing is made where it leads")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away")) func anotherUsersDatabaseIsNotOpened() throws
    {
        _ = try makeStore(in: folder.path("store"))
        #expect(chown(folder.path("store/journal.db"), 65_534, 65_534) == 0)
        #expect(throws: StoreError.self) { try makeStore(in: folder.path("store")) }
    }
}
