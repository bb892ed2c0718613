import Dispatch
import GRDB
import JournalKit
import Ledger
import SQLiteFiles
import Synchronization
import TestKit
import Testing
import Wire

@testable import Journal

/// The order of connections on disk: no number comes twice, and none behind a higher one.
@Suite struct GenerationTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func aRestartGoesOnBehindAllBefore() throws {
        var last = Generation(rawValue: 0)
        for count in [3, 1, 0, 2] {
            // As after a kill: nothing is written at the end.
            let journal = try SQLiteJournal(folder: directory.path)
            for _ in 0..<count {
                let next = try journal.nextGeneration(by: .never)
                #expect(next > last)
                last = next
            }
        }
    }

    /// All threads that come first reserve a block, of which one is used.
    @Test func threadsGetDifferentNumbers() throws {
        let journal = try SQLiteJournal(folder: directory.path)
        let issued = Mutex<[Int64]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            let own = (0..<50).compactMap { _ in try? journal.nextGeneration(by: .never).rawValue }
            #expect(own == own.sorted(), "each thread's own grow")
            issued.withLock { $0 += own }
        }
        let all = issued.withLock { $0 }
        #expect(all.count == 400 && Set(all).count == 400)
    }

    /// Several processes with one file, such as a server that is started when the last one has not ended.
    @Test func twoProcessesGetDifferentNumbers() throws {
        let journals = try (0..<2).map { _ in try SQLiteJournal(folder: directory.path) }
        let issued = try (0..<20).map { try journals[$0 % 2].nextGeneration(by: .never) }
        #expect(Set(issued).count == 20)
    }

    @Test(arguments: [Int64.min, -1, 0, .max]) func aDamagedNumberBeginsAgain(_ number: Int64) throws {
        do { _ = try SQLiteJournal(folder: directory.path).nextGeneration(by: .never) }
        let queue = try DatabaseQueue(path: directory.path(SQLiteJournal.fileName))
        try queue.write { database in
            try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
            try database.execute(sql: "UPDATE generations SET next = ?", arguments: [number])
        }
        try queue.close()
        let journal = try SQLiteJournal(folder: directory.path)
        #expect(try journal.nextGeneration(by: .never) == Generation(rawValue: 1))
    }
}
