import Foundation
import GRDB
import JournalKit
import Ledger
import SQLiteFiles
import StorageKit
import TestKit
import Testing
import Wire

@testable import Journal

/// What only the journal on disk can get wrong: durability, modes, damage, a full disk, a kill.
@Suite struct SQLiteJournalTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var path: String { directory.path("data/" + SQLiteJournal.fileName) }

    private func open() throws -> SQLiteJournal { try SQLiteJournal(folder: directory.path("data")) }

    @Test func everyCommitSurvivesAPowerCut() throws {
        let journal = try open()
        let pool = journal.file.pool
        try pool.writeWithoutTransaction { database in
            #expect(try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2)
            #expect(try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal")
            #expect(try Int.fetchOne(database, sql: "PRAGMA foreign_keys") == 1)
            let tables = try Row.fetchAll(
                database,
                sql: """
                    SELECT name, strict FROM pragma_table_list
                    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
                    """)
            #expect(
                Set(tables.map { $0["name"] as String }) == [
                    "sessions", "entries", "prompts", "served", "tokens", "checkpoints", "generations",
                ])
            #expect(tables.allSatisfy { $0["strict"] as Bool })
        }
    }

    @Test func onlyItsUserMayRead() throws {
        let journal = try open()
        _ = try journal.create(session("s"))
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(directory.path("data")) == 0o700)
        for suffix in ["", "-wal", "-shm"] { #expect(try mode(path + suffix) == 0o600, "\(suffix)") }
    }

    @Test func goesOnAfterReopening() throws {
        do {
            let journal = try open()
            _ = try journal.create(session("s"))
            try journal.commit([commit("s", notes(1...3), [prompt("a", seq: 1)])])
        }
        let journal = try open()
        #expect(try journal.load("s", of: nil)?.record.headSeq == 3)
        try journal.commit([commit("s", [note(4)])])
        #expect(try journal.entries(of: "s", EntryPage(after: 0, through: 9, limit: 9)).map(\.seq) == [1, 2, 3, 4])
    }

    @Test func twoServersCannotWriteOneSession() throws {
        let (first, second) = (try open(), try open())
        _ = try first.create(session("s"))
        try first.commit([commit("s", [note(1)])])
        #expect(storeError { try second.commit([commit("s", [note(1)])]) }?.isFailed == true)
        try second.commit([commit("s", [note(2)])])
        #expect(storeError { try first.commit([commit("s", [note(2, "other")])]) }?.isFailed == true)
        #expect(try first.load("s", of: nil)?.tail.map(\.seq) == [1, 2])
    }

    @Test func aFullDiskIsSaidAndNothingIsHalfWritten() throws {
        let journal = try open()
        _ = try journal.create(session("s"))
        try journal.file.pool.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages + 20)")
        }
        let text = String(repeating: "x", count: 9_000)
        var head: Seq = 0
        var error: StoreError?
        while error == nil, head < 1_000 {
            let next = [note(head + 1, text), note(head + 2, text)]
            error = storeError {
                try journal.commit([commit("s", next, [prompt(ClientMessageID("\(head)"), seq: head + 2)])])
            }
            if error == nil { head += 2 }
        }
        #expect(error == .full(path))
        #expect(head > 0)
        let stored = try journal.load("s", of: nil)
        #expect(stored?.record.headSeq == head)
        #expect(stored?.prompts.count == Int(head) / 2)
        // With room again it goes on by itself.
        try journal.file.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
        try journal.commit([commit("s", [note(head + 1, text)])])
        #expect(try journal.load("s", of: nil)?.record.headSeq == head + 1)
    }

    // MARK: Damage

    /// A journal of several pages, closed.
    private func makeDamaged(_ damage: (inout Data) -> Void) throws -> Data {
        do {
            let journal = try open()
            _ = try journal.create(session("s"))
            try journal.commit([commit("s", notes(1...200, String(repeating: "text ", count: 20)))])
            try journal.file.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        }
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        damage(&data)
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try data.write(to: URL(fileURLWithPath: path))
        return data
    }

    private func readAll() throws {
        let journal = try open()
        _ = try journal.load("s", of: nil)
        _ = try journal.unfinishedSessions()
        _ = try journal.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 9)
    }

    private func expectDamageIsSaidAndKept(_ data: Data, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(storeError { try readAll() }?.isDamage == true, sourceLocation: sourceLocation)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data, sourceLocation: sourceLocation)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path("data"))
        #expect(!names.contains { $0.contains("damaged") }, sourceLocation: sourceLocation)
    }

    @Test func aZeroedHeader() throws {
        let data = try makeDamaged { $0.replaceSubrange(0..<100, with: Data(count: 100)) }
        try expectDamageIsSaidAndKept(data)
    }

    @Test(arguments: [2, 99, 100, 4_095, 4_096, 4_097, 9_000, 20_480]) func aTruncatedFile(_ length: Int) throws {
        let data = try makeDamaged { $0 = $0.prefix(length) }
        #expect(data.count == length)
        try expectDamageIsSaidAndKept(data)
    }

    /// Every page in turn is overwritten. A page may hold nothing that is read; what is not allowed is another error, a
    /// crash, or entries that are not what was written.
    @Test func randomBytesInAPage() throws {
        let good = try makeDamaged { _ in }
        let page = 4_096
        var random = TestKit.SplitMix64(seed: 20)
        var found = 0
        for number in 0..<good.count / page {
            var data = good
            for offset in number * page..<(number + 1) * page {
                data[offset] = UInt8.random(in: 0...255, using: &random)
            }
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            try data.write(to: URL(fileURLWithPath: path))
            let error = storeError { try readAll() }
            #expect(error?.isDamage != false, "page \(number + 1)")
            if error != nil { found += 1 }
        }
        #expect(found >= 8, "\(found) of \(good.count / page) pages")
    }

    // MARK: Kill

    /// A child process commits and records each acknowledgement, until it is killed. No acknowledged entry is missing,
    /// and there is no gap, however often that happens to one journal.
    @Test func whatWasAcknowledgedSurvivesAKill() async throws {
        let folder = directory.path("data")
        let answers = directory.path("answers")
        var head: Seq = 0
        for milliseconds in [3, 11, 23, 41, 80] {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [folder = folder as String, answers = answers as String, milliseconds = milliseconds as Int] in
                let journal = try SQLiteJournal(folder: folder)
                var head = try journal.create(session("s")).headSeq
                let lease = try journal.lease(of: "s")
                let log = Glibc.open(answers, O_WRONLY | O_CREAT | O_APPEND, 0o600)
                Killer.arm(milliseconds: milliseconds)
                while true {
                    let key = ClientMessageID("\(head)")
                    let next = commit("s", notes(head + 1...head + 3), [prompt(key, seq: head + 1)])
                    guard journal.commit(next, under: lease) == .stored else { exit(1) }
                    head += 3
                    _ = "\(head)\n".withCString { Glibc.write(log, $0, strlen($0)) }
                }
            }
            let text = (try? String(contentsOfFile: answers, encoding: .utf8)) ?? ""
            // What an earlier child had stored without having written it down is acknowledged by being there.
            let acknowledged = max(head, text.split(separator: "\n").last.flatMap { Seq($0) } ?? 0)
            let journal = try open()
            let stored = try journal.load("s", of: nil)
            head = stored?.record.headSeq ?? 0
            // The last commit may be on disk although its answer was not written down.
            #expect(head == acknowledged || head == acknowledged + 3)
            let numbers = try journal.entries(of: "s", EntryPage(after: 0, through: .max, limit: .max, bytes: .max))
                .map(\.seq)
            #expect(numbers.count == Int(head) && zip(numbers, 1...).allSatisfy { $0 == Seq($1) })
            #expect(stored?.prompts.count == Int(head) / 3)
        }
        #expect(head > 0, "no child came as far as a commit")
    }
}

/// Has the kernel kill this process, wherever it is by then.
private enum Killer {
    static func arm(milliseconds: Int) {
        var event = sigevent()
        event.sigev_notify = Int32(SIGEV_SIGNAL)
        event.sigev_signo = Int32(SIGKILL)
        var timer: timer_t?
        timer_create(CLOCK_MONOTONIC, &event, &timer)
        var time = itimerspec()
        time.it_value.tv_nsec = milliseconds * 1_000_000
        timer_settime(timer, 0, &time, nil)
    }
}
