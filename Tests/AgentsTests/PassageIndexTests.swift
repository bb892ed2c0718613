import GRDB
import Glibc
import Logging
import Testing

@testable import Agents

@Suite struct PassageIndexTests {
    private let data: TestFolder
    private let folder: TestFolder
    private let limits = LibrarianLimits()

    init() throws {
        data = try TestFolder()
        folder = try TestFolder([
            "a.swift": "func openDoor() {}\n", "b.swift": "func closeDoor() {}\n", "c.md": "# Doors\n\nThey open.\n",
        ])
    }

    private func refreshed(_ index: PassageIndex) async throws -> PassageIndex.Report {
        _ = try await index.take(try FileLister.list(SessionFolder(folder.path), limits: limits))
        return try await index.refresh(SessionFolder(folder.path), limits: limits)
    }

    private func paths(_ index: PassageIndex, _ expression: String) async throws -> Set<String> {
        Set(try await index.candidates(expression, limit: 100).map(\.path))
    }

    private func opened() throws -> PassageIndex {
        try PassageIndex(path: data.path + "/x.sqlite", key: IndexKey(SessionFolder(folder.path)))
    }

    @Test func onlyWhatChangedIsReadAgain() async throws {
        let index = try opened()
        var report = try await refreshed(index)
        #expect(report == PassageIndex.Report(files: 3, indexed: 3, unchanged: 0, passages: 3))
        report = try await refreshed(index)
        #expect(report == PassageIndex.Report(files: 3, indexed: 0, unchanged: 3, passages: 3))

        try folder.write("b.swift", "func slamDoor() {}  // changed\n")
        report = try await refreshed(index)
        #expect(report == PassageIndex.Report(files: 3, indexed: 1, unchanged: 2, passages: 3))
        #expect(try await paths(index, "slam") == ["b.swift"])
        #expect(try await paths(index, "close").isEmpty)

        folder.delete("a.swift")
        report = try await refreshed(index)
        #expect(report == PassageIndex.Report(files: 2, indexed: 0, unchanged: 2, passages: 2))
        #expect(try await paths(index, "door") == ["b.swift", "c.md"])
        try index.close()

        report = try await refreshed(try opened())
        #expect(report == PassageIndex.Report(files: 2, indexed: 0, unchanged: 2, passages: 2))
    }

    @Test func aFileOfTheSameSizeAndTimeIsToldByItsInode() async throws {
        let index = try opened()
        _ = try await refreshed(index)
        var status = stat()
        stat(folder.path + "/a.swift", &status)
        try folder.write("new", "func shutDoor() {}\n")
        var times = [status.st_atim, status.st_mtim]
        utimensat(AT_FDCWD, folder.path + "/new", &times, 0)
        rename(folder.path + "/new", folder.path + "/a.swift")
        #expect(try await refreshed(index).indexed == 1)
        #expect(try await paths(index, "shut") == ["a.swift"])
    }

    /// The batches follow one another by path, whatever the files hold.
    @Test func moreFilesThanABatch() async throws {
        for number in 0..<(3 * PassageIndex.batch + 1) { try folder.write("many/\(number).txt", "needle \(number)\n") }
        let index = try opened()
        #expect(try await refreshed(index).indexed == 3 * PassageIndex.batch + 4)
        #expect(try await index.candidates("needle", limit: 1000).count == 3 * PassageIndex.batch + 1)
    }

    @Test func whatCannotBeReadIsSkippedAndRemembered() async throws {
        try folder.write("binary", [0x50, 0x00, 0x51])
        try folder.write("latin1", [0x63, 0x61, 0x66, 0xE9])
        try folder.write("huge", [UInt8](repeating: 0x61, count: (1 << 20) + 1))
        try folder.write("edge", [UInt8](repeating: 0x61, count: 1 << 20))
        let index = try opened()
        let listing = try FileLister.list(SessionFolder(folder.path), limits: limits)
        #expect(listing.skipped == [Listing.Skipped(path: "huge", reason: .tooLarge)])
        let expected = [
            Listing.Skipped(path: "binary", reason: .binary), Listing.Skipped(path: "latin1", reason: .notUTF8),
        ]
        var report = try await refreshed(index)
        #expect(report.skipped == expected)
        #expect(report.indexed == 6)
        report = try await refreshed(index)
        #expect(report.skipped == expected)
        #expect(report.indexed == 0)
        try folder.write("binary", "text now\n")
        report = try await refreshed(index)
        #expect(report.skipped == [expected[1]])
        #expect(report.indexed == 1)
    }

    @Test func wordsInsideIdentifiersAndTheirFormsAreFound() async throws {
        try folder.write("d.swift", "let resumePositionStore = HTTPServerUpgrader()\nlet snake_case_name = 1\n")
        let index = try opened()
        _ = try await refreshed(index)
        for expression in ["positions", "resumed", "upgrader", "server", "snake", "resumePositionStore"] {
            #expect(try await paths(index, expression).contains("d.swift"), "\(expression)")
        }
    }

    @Test(arguments: [
        [UInt8](repeating: 0, count: 4096), Array("SQLite format 3\0 and then nothing of the kind".utf8), [1, 2, 3],
    ])
    func aDamagedIndexIsSetAside(bytes: [UInt8]) async throws {
        let shelf = IndexShelf(dataDirectory: data.path, logger: .quiet, limits: limits)
        let path = try shelf.path(for: IndexKey(SessionFolder(folder.path)))
        try data.write(String(path.dropFirst(data.path.utf8.count + 1)), bytes)
        let report = try await shelf.withIndex(of: SessionFolder(folder.path)) { try await refreshed($0) }
        #expect(report.indexed == 3)
        #expect(access(path + ".damaged", F_OK) == 0)
        #expect(try await shelf.withIndex(of: SessionFolder(folder.path)) { try await refreshed($0) }.indexed == 0)
    }

    /// Whatever is in the place of the index, a turn gets one: a new one, or one in memory.
    @Test(arguments: ["no tables", "a directory", "directories", "a file for the folder"])
    func anIndexThatCannotBeUsedFailsNoTurn(_ what: String) async throws {
        let shelf = IndexShelf(dataDirectory: data.path, logger: .quiet, limits: limits)
        let path = try shelf.path(for: IndexKey(SessionFolder(folder.path)))
        let name = String(path.dropFirst(data.path.utf8.count + 1))
        switch what {
        case "no tables":
            _ = try await shelf.withIndex(of: SessionFolder(folder.path)) { try await refreshed($0) }
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "DROP TABLE state; DROP TABLE file; DROP TABLE passage") }
            try queue.close()
        case "a directory": try data.write(name + "/in it", "x")
        case "directories":
            try data.write(name + "/in it", "x")
            try data.write(name + ".damaged/in it", "x")
        default: try data.write("indexes", "a file where a folder should be")
        }
        for _ in 1...2 {
            let report = try await shelf.withIndex(of: SessionFolder(folder.path)) { try await refreshed($0) }
            #expect(report.files == 3)
        }
    }

    /// Damage in the middle shows only when that page is read, which may be in any step.
    @Test func damageThatShowsLaterIsSetAsideToo() async throws {
        for number in 0..<200 {
            try folder.write("many/\(number).txt", String(repeating: "word\(number) ", count: 200))
        }
        let shelf = IndexShelf(dataDirectory: data.path, logger: .quiet, limits: limits)
        _ = try await shelf.withIndex(of: SessionFolder(folder.path)) { try await refreshed($0) }
        let path = try shelf.path(for: IndexKey(SessionFolder(folder.path)))
        let file = open(path, O_RDWR)
        let noise = [UInt8](repeating: 0xA5, count: 4096)
        for page in 2..<40 { _ = noise.withUnsafeBytes { pwrite(file, $0.baseAddress, 4096, off_t(page * 4096)) } }
        close(file)
        try folder.write("many/0.txt", "changed\n")
        let report = try await shelf.withIndex(of: SessionFolder(folder.path)) { index in
            let report = try await refreshed(index)
            _ = try await index.candidates("word7", limit: 10)
            return report
        }
        #expect(report.indexed == 203)
        #expect(access(path + ".damaged", F_OK) == 0)
    }

    @Test func anIndexOfAnotherFolderIsNotUsed() async throws {
        _ = try await refreshed(try opened())
        let other = try TestFolder()
        #expect(throws: PassageIndex.Foreign.self) {
            try PassageIndex(path: data.path + "/x.sqlite", key: IndexKey(SessionFolder(other.path)))
        }
    }

    /// Two users, two folders, two spellings of one accented name, or one path before and after its folder was made
    /// anew: what one of them found out is not the other's.
    @Test func everyUserAndFolderHasAnIndexOfItsOwn() throws {
        let places = try TestFolder()
        let names = ["caf\u{E9}", "cafe\u{301}", "cafe"]
        for name in names { try places.folder(name) }
        let owners = ["alice", "bob", "caf\u{E9}", "cafe\u{301}", ""]
        var keys: [IndexKey] = []
        for owner in owners {
            for name in names {
                let path = places.path + "/" + name
                keys.append(try IndexKey(SessionFolder(path: path, location: path, hidden: [], owner: owner)))
            }
        }
        #expect(Set(keys).count == owners.count * names.count)
        #expect(Set(keys.map(\.fileName)).count == keys.count)

        let path = places.path + "/cafe"
        let before = try IndexKey(SessionFolder(path))
        #expect(try IndexKey(SessionFolder(path)) == before)
        rename(path, places.path + "/aside")
        try places.folder("cafe")
        #expect(try IndexKey(SessionFolder(path)) != before)
        #expect(throws: SystemError(code: ENOENT)) { try IndexKey(SessionFolder(places.path + "/none")) }
    }

    @Test func theShelfKeepsSoManyIndexes() async throws {
        var limits = limits
        limits.indexes = 2
        let shelf = IndexShelf(dataDirectory: data.path, logger: .quiet, limits: limits)
        let folders = try (0..<3).map { _ in try TestFolder(["a": "b"]) }
        for (age, folder) in folders.enumerated() {
            _ = try await shelf.withIndex(of: SessionFolder(folder.path)) { try await $0.take(Listing()) }
            var times = [timespec(tv_sec: 1000 + age, tv_nsec: 0), timespec(tv_sec: 1000 + age, tv_nsec: 0)]
            try utimensat(AT_FDCWD, shelf.path(for: IndexKey(SessionFolder(folder.path))), &times, 0)
        }
        let isKept = try folders.map {
            access(try shelf.path(for: IndexKey(SessionFolder($0.path))), F_OK) == 0
        }
        #expect(isKept == [false, true, true])
    }

    @Test func severalTurnsShareAnIndex() async throws {
        for number in 0..<100 { try folder.write("many/\(number).txt", "needle\n") }
        let shelf = IndexShelf(dataDirectory: data.path, logger: .quiet, limits: limits)
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await shelf.withIndex(of: SessionFolder(folder.path)) { try await refreshed($0) }.indexed
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == 103, "every file is read once, by whichever turn comes first")
    }
}
