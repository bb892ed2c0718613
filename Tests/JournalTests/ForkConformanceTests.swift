import JournalKit
import Ledger
import NIOCore
import StorageKit
import TestKit
import Testing
import Wire

/// What every store copies when a session is forked.
@Suite struct ForkConformanceTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func make(_ kind: StoreKind) throws -> any JournalStore & TokenStore { try kind.make(in: directory) }

    private func plan(
        _ source: SessionID, through: Seq, omitted: [ClosedRange<Seq>] = [], leavesTurnsOut: Bool = false
    ) -> ForkPlan {
        ForkPlan(
            source: source, through: through, omitted: omitted,
            origin: ForkOrigin(session: source, seq: through, title: "t", leavesTurnsOut: leavesTurnsOut))
    }

    @Test(arguments: StoreKind.allCases) func aForkHasTheEntriesAndItsOrigin(_ kind: StoreKind) throws {
        let store = try make(kind)
        _ = try store.create(session("s", key: "key"))
        let entries = [echo(1, of: "a"), chunk(2, "é\u{0}"), note(3), note(4)]
        try store.commit([commit("s", entries, [prompt("a", seq: 1)], title: "a?")])
        var fork = session("f", key: "fork", createdAt: 500)
        fork.title = "a? (fork)"
        let plan = plan("s", through: 3)
        let created = try #require(try store.fork(fork, plan, within: nil, by: .never))
        let copied = entries.prefix(3).map { EncodedEntry($0) } + [plan.entry(at: 500)]
        #expect(created.record?.headSeq == 4)
        #expect(created.record?.bytes == copied.reduce(0) { $0 + Int64($1.payload.readableBytes) })
        #expect(try store.entries(of: "f", EntryPage(after: 0, through: 9)) == copied)
        let loaded = try #require(try store.load("f", of: Principal("user")))
        #expect(loaded.record == created.record, "the record is stored")
        #expect(loaded.record.title == "a? (fork)")
        #expect(loaded.state == SessionState(folding: try copied.map { try $0.decoded() }))
        #expect(loaded.prompts.isEmpty && !loaded.hasEndedPrompts, "their turns are those of the other session")
        #expect(try store.load("s", of: nil)?.record.headSeq == 4, "the other session is as it was")
        // The fork goes on by itself.
        try store.commit([commit("f", [note(5)])])
        #expect(try store.load("f", of: nil)?.record.headSeq == 5)
        #expect(try store.load("s", of: nil)?.record.headSeq == 4)
    }

    @Test(arguments: StoreKind.allCases) func theSameKeyForksOnce(_ kind: StoreKind) throws {
        let store = try make(kind)
        _ = try store.create(session("s"))
        try store.commit([commit("s", notes(1...3))])
        _ = try store.fork(session("f", key: "fork"), plan("s", through: 3), within: nil, by: .never)
        try store.commit([commit("s", [note(4)])])
        let again = try store.fork(session("g", key: "fork"), plan("s", through: 4), within: nil, by: .never)
        #expect(again?.record?.id == "f" && again?.record?.headSeq == 4)
        if case .found? = again {} else { Issue.record("\(String(describing: again))") }
        #expect(try store.load("g", of: nil) == nil)
        #expect(try store.sessions(of: Principal("user"), directory: nil, offset: 0, limit: 9).count == 2)
    }

    @Test(arguments: StoreKind.allCases) func promptsThatWaitAreBlankInTheFork(_ kind: StoreKind) throws {
        let store = try make(kind)
        _ = try store.create(session("s"))
        let entries = [note(1), echo(2, of: "b"), echo(3, of: "b"), note(4)]
        try store.commit([commit("s", entries)])
        let plan = plan("s", through: 4, omitted: [2...3], leavesTurnsOut: true)
        _ = try store.fork(session("f"), plan, within: nil, by: .never)
        let copied = try store.entries(of: "f", EntryPage(after: 0, through: 9))
        #expect(copied.map(\.seq) == [1, 2, 3, 4, 5])
        #expect(copied.map(\.kind) == ["note", "omitted", "omitted", "note", "forked"])
        #expect(copied.allSatisfy { $0.clientMessageID == nil })
        #expect(copied.map(\.timestamp).prefix(4) == entries.map(\.timestamp)[...])
        #expect(try store.load("f", of: nil)?.record.bytes == copied.reduce(0) { $0 + Int64($1.payload.readableBytes) })
    }

    @Test(arguments: StoreKind.allCases) func thereHasToBeASourceOfThatUserAndRoom(_ kind: StoreKind) throws {
        let store = try make(kind)
        _ = try store.create(session("s"))
        try store.commit([commit("s", [note(1)])])
        #expect(try store.fork(session("f"), plan("none", through: 1), within: nil, by: .never) == nil)
        #expect(try store.fork(session("f", of: "eve"), plan("s", through: 1), within: nil, by: .never) == nil)
        let room = SessionRoom(maximum: 1, seenSince: Instant(nanoseconds: .min))
        #expect(
            try store.fork(session("g"), plan("s", through: 1), within: room, by: .never) == .tooMany(maximum: 1))
        #expect(try store.load("f", of: nil) == nil)
        // Nothing said yet is nothing copied.
        _ = try store.create(session("e"))
        #expect(try store.fork(session("f"), plan("e", through: 0), within: nil, by: .never)?.record?.headSeq == 1)
    }
}
