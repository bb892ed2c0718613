import GRDB
import Mirror
import StorageKit
import Sync
import TestKit
import Testing
import Wire

/// A byte that changes inside a value, which SQLite does not see.
@Suite struct DigestTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Changes one letter of what an entry says, behind SQLite's own sums.
    private func damage(_ file: String) throws {
        let queue = try DatabaseQueue(path: directory.path(file))
        try queue.write { database in
            try database.execute(
                sql:
                    "UPDATE entries SET payload = CAST(replace(CAST(payload AS TEXT), 'note', 'nope') AS BLOB) WHERE seq = 2"
            )
            try #require(database.changesCount == 1)
        }
        try queue.close()
    }

    @Test func theMirrorIsSetAsideAndGoesOnEmpty() throws {
        let mirror = try SQLiteMirror.open(folder: directory.path, now: 1).opened
        try mirror.apply([.adopt("s", "e"), .append("s", "e", notes(1...3))], at: "server")
        #expect(mirror.isSound())
        try damage(SQLiteMirror.fileName)
        #expect(!mirror.isSound())
        let path = directory.path(SQLiteMirror.fileName)
        #expect(throws: StoreError.corrupt(path)) { try mirror.page(of: "s", at: "server", limit: 9) }
        let name = try mirror.replace(now: 7)
        #expect(name.hasPrefix(path + ".damaged-7"))
        #expect(try mirror.holding(of: "s", at: "server") == nil)
        try mirror.apply([.adopt("s", "e"), .append("s", "e", notes(1...3))], at: "server")
        #expect(try mirror.page(of: "s", at: "server", limit: 9).entries == notes(1...3))
        #expect(mirror.isSound())
    }

    @Test func aStartSetsItAside() throws {
        do {
            let mirror = try SQLiteMirror.open(folder: directory.path, now: 1).opened
            try mirror.apply([.adopt("s", "e"), .append("s", "e", notes(1...3))], at: "server")
        }
        try damage(SQLiteMirror.fileName)
        let (mirror, setAside) = try SQLiteMirror.open(folder: directory.path, now: 5) { mirror throws(StoreError) in
            _ = try mirror.page(of: "s", at: "server", limit: 9)
        }
        #expect(setAside != nil)
        #expect(try mirror.page(of: "s", at: "server", limit: 9).entries == [])
    }

    @Test func aCursorThatDoesNotFitItsEntriesIsDamage() throws {
        let mirror = try SQLiteMirror.open(folder: directory.path, now: 1).opened
        try mirror.apply([.adopt("s", "e"), .append("s", "e", notes(1...3))], at: "server")
        let queue = try DatabaseQueue(path: directory.path(SQLiteMirror.fileName))
        try queue.write { try $0.execute(sql: "UPDATE copies SET cursor = 2") }
        #expect(throws: StoreError.corrupt(directory.path(SQLiteMirror.fileName))) {
            try mirror.holding(of: "s", at: "server")
        }
    }
}
