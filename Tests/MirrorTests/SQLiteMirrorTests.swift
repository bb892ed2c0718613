import Foundation
import GRDB
import Mirror
import StorageKit
import Sync
import TestKit
import Testing
import Wire

/// The client's copy: one transaction for entries and cursor, snapshots beside it, two writers.
@Suite struct SQLiteMirrorTests {
    private let directory: TemporaryDirectory
    private let mirror: SQLiteMirror

    init() throws {
        directory = try TemporaryDirectory()
        mirror = try SQLiteMirror.open(folder: directory.path, now: 1).opened
    }

    private func position(_ mirror: SQLiteMirror? = nil) throws -> Position? {
        try (mirror ?? self.mirror).holding(of: "s", at: "server")?.position
    }

    private func entries(_ mirror: SQLiteMirror? = nil) throws -> [Entry] {
        try (mirror ?? self.mirror).page(of: "s", at: "server", limit: 1_000).entries
    }

    private func apply(_ changes: MirrorChange...) throws { try mirror.apply(changes, at: "server") }

    private func begin(_ range: ClosedRange<Seq>) throws {
        try apply(.adopt("s", "e"), .append("s", "e", notes(range)))
    }

    @Test func entriesAndCursorMoveTogether() throws {
        #expect(try position() == nil)
        try apply(.adopt("s", "e"))
        #expect(try position() == Position(epoch: "e", seq: 0))
        let held = [echo(1, of: "a"), chunk(4, from: 2), note(5)]
        try apply(.append("s", "e", held))
        #expect(try position() == Position(epoch: "e", seq: 5))
        #expect(try entries() == held)
        #expect(try mirror.holding(of: "s", at: "another server")?.position == nil)
        let reopened = try SQLiteMirror.open(folder: directory.path, now: 2)
        #expect(reopened.setAside == nil)
        #expect(try entries(reopened.opened) == held)
        #expect(mirror.isSound())
    }

    @Test func aFailureChangesNothing() throws {
        try begin(1...2)
        let file = try DatabaseQueue(path: directory.path(SQLiteMirror.fileName))
        try file.write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN NEW.seq = 5
                    BEGIN SELECT RAISE (FAIL, 'refused'); END
                    """)
        }
        let error = storeError { try apply(.append("s", "e", [note(3)]), .append("s", "e", notes(4...6))) }
        #expect(error?.isFailed == true)
        #expect(try position() == Position(epoch: "e", seq: 2))
        #expect(try entries() == notes(1...2))
    }

    @Test func adoptingWhatIsHeldKeepsIt() throws {
        try begin(1...3)
        try apply(.adopt("s", "e"))
        #expect(try entries().count == 3)
        try apply(.adopt("s", "f"))
        #expect(try position() == Position(epoch: "f", seq: 0))
        #expect(try entries() == [])
    }

    @Test func aSnapshotIsInvisibleUntilItsSwap() throws {
        try begin(1...3)
        try apply(.beginSnapshot("s", "f"), .stage("s", "f", [note(1, "new")]))
        #expect(try position() == Position(epoch: "e", seq: 3))
        #expect(try entries() == notes(1...3))
        // Cut, and begun again: what was staged before is gone.
        try apply(.beginSnapshot("s", "f"), .stage("s", "f", [note(1, "newer")]))
        try apply(.stage("s", "f", [note(2, "newer")]))
        try apply(.swap("s", "other epoch"))
        #expect(try entries() == notes(1...3))
        try apply(.swap("s", "f"))
        #expect(try position() == Position(epoch: "f", seq: 2))
        #expect(try entries() == notes(1...2, "newer"))
        try apply(.swap("s", "f"))
        #expect(try position() == Position(epoch: "f", seq: 2))
        try apply(.append("s", "f", [note(3)]))
        #expect(try position()?.seq == 3)
    }

    @Test func twoClientsShareAMirror() throws {
        let second = try SQLiteMirror.open(folder: directory.path, now: 2).opened
        try begin(1...4)
        try second.apply([.append("s", "e", notes(3...6))], at: "server")
        try apply(.append("s", "e", notes(5...7)))
        #expect(try entries() == notes(1...7))
        #expect(try position(second) == Position(epoch: "e", seq: 7))
    }

    @Test func aMergedFrameTakesThePlaceOfWhatItRepeats() throws {
        try apply(.adopt("s", "e"), .append("s", "e", [note(1), chunk(2, "a"), chunk(3, "b"), chunk(4, "c")]))
        let merged = chunk(6, from: 3, "bcde")
        try apply(.append("s", "e", [merged, note(7)]))
        #expect(try entries() == [note(1), chunk(2, "a"), merged, note(7)])
        #expect(try position() == Position(epoch: "e", seq: 7))
        // Within a row it cannot be cut, and a gap must not arise: the copy is left unchanged, and an error is thrown,
        // so that it asks again from where the copy ends.
        for gap in [chunk(9, from: 5), note(9)] {
            #expect(throws: StoreError.self) { try apply(.append("s", "e", [gap])) }
        }
        #expect(try position() == Position(epoch: "e", seq: 7))
        #expect(try entries().count == 4)
    }

    @Test func anOlderEpochDoesNotReplaceANewerCopy() throws {
        try begin(1...3)
        try apply(.beginSnapshot("s", "f"), .stage("s", "f", notes(1...2)), .swap("s", "f"))
        try apply(.append("s", "e", [note(4)]))
        #expect(try position() == Position(epoch: "f", seq: 2))
        #expect(try entries() == notes(1...2))
    }

    @Test func aSessionKnownByNameAloneBeginsWithItsFirstEntry() throws {
        try apply(.append("s", "e", notes(5...6)))
        #expect(try position() == nil)
        try apply(.append("s", "e", notes(1...2)))
        #expect(try position() == Position(epoch: "e", seq: 2))
    }

    @Test func pagesGoBothWays() throws {
        try begin(1...9)
        let newest = try mirror.page(of: "s", at: "server", limit: 4)
        #expect(newest.entries.map(\.seq) == [6, 7, 8, 9] && newest.hasMore)
        let older = try mirror.page(of: "s", at: "server", before: 6, limit: 5)
        #expect(older.entries.map(\.seq) == [1, 2, 3, 4, 5] && !older.hasMore)
        #expect(try mirror.page(of: "s", at: "server", before: 1, limit: 5).entries == [])
        #expect(try mirror.page(of: "s", at: "server", after: 7, limit: 5).map(\.seq) == [8, 9])
        #expect(try mirror.page(of: "s", at: "server", after: 0, limit: 2).map(\.seq) == [1, 2])
        #expect(try mirror.page(of: "other", at: "server", limit: 5).entries == [])
        // An entry of any length is read; behind it there is room for none.
        #expect(try mirror.page(of: "s", at: "server", before: 6, limit: 5, bytes: 1).entries.map(\.seq) == [5])
        #expect(try mirror.page(of: "s", at: "server", before: 6, limit: 5, bytes: 1).hasMore)
        #expect(try !mirror.page(of: "s", at: "server", before: 2, limit: 5, bytes: 1).hasMore)
        #expect(try mirror.page(of: "s", at: "server", after: 7, limit: 5, bytes: 1).map(\.seq) == [8])
    }

    @Test func factsAreFoundWhereverTheyAre() throws {
        func event(_ seq: Seq, _ event: SessionEvent) -> Entry { Entry(seq: seq, timestamp: seq, body: .event(event)) }
        func plan(_ seq: Seq, _ text: String) -> Entry {
            Entry(seq: seq, timestamp: seq, body: .update(.plan([PlanEntry(content: text, status: .pending)])))
        }
        let held = [
            event(1, .turnStart("one", prompt: "m")), plan(2, "old"), plan(3, "new"),
            event(4, .turnEnd("one", .stopped(.endTurn))), event(5, .turnStart("two", prompt: "n")), note(6),
        ]
        try apply(.adopt("s", "e"), .append("s", "e", held))
        let facts = try mirror.facts(of: "s", at: "server")
        #expect(facts.plan.map(\.content) == ["new"])
        #expect(facts.turn == SessionState(folding: held).turn)
        #expect(facts.turn?.isRunning == true)
        try apply(.append("s", "e", [event(7, .turnEnd("two", .failed("no")))]))
        #expect(try mirror.facts(of: "s", at: "server").turn?.end?.outcome == .failed("no"))
        #expect(try mirror.facts(of: "other", at: "server").turn == nil)
    }

    @Test func echoedPromptsAreFoundInTheCopyThatIsShown() throws {
        try apply(.adopt("s", "e"), .append("s", "e", [echo(1, of: "a")]))
        try apply(.beginSnapshot("s", "f"), .stage("s", "f", [echo(1, of: "b")]))
        #expect(try mirror.echoed(["a", "b", "c"], of: "s", at: "server") == ["a"])
        try apply(.swap("s", "f"))
        #expect(try mirror.echoed(["a", "b", "c"], of: "s", at: "server") == ["b"])
        #expect(try mirror.echoed(["b"], of: "s", at: "another server") == [])
    }
}
