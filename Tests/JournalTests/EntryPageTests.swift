import JournalKit
import Ledger
import NIOCore
import StorageKit
import TestKit
import Testing
import Wire

/// A part of a journal, whatever it is kept in: in order, from the end that was wanted, within both bounds.
@Suite struct EntryPageTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Ten entries; the payload of each has the same length.
    private func make(_ kind: StoreKind) throws -> (any JournalStore, bytes: Int) {
        let store = try kind.make(in: directory)
        _ = try store.create(session("s"))
        let entries = notes(1...10, String(repeating: "x", count: 100))
        try store.commit([commit("s", entries)])
        return (store, EncodedEntry(entries[0]).payload.readableBytes)
    }

    @Test(arguments: StoreKind.allCases) func eitherEndComesInOrder(_ kind: StoreKind) throws {
        let (store, _) = try make(kind)
        func numbers(_ page: EntryPage) throws -> [Seq] { try store.entries(of: "s", page).map(\.seq) }
        #expect(try numbers(EntryPage(after: 0, through: .max, limit: 3)) == [1, 2, 3])
        #expect(try numbers(EntryPage(after: 0, through: .max, limit: 3, end: .last)) == [8, 9, 10])
        #expect(try numbers(EntryPage(after: 2, through: 6, limit: 3)) == [3, 4, 5])
        #expect(try numbers(EntryPage(after: 2, through: 6, limit: 3, end: .last)) == [4, 5, 6])
        #expect(try numbers(EntryPage(after: 2, through: 6, limit: .max, end: .last)) == [3, 4, 5, 6])
        #expect(try numbers(EntryPage(after: 10, through: .max)) == [])
        #expect(try numbers(EntryPage(after: 5, through: 5, end: .last)) == [])
    }

    @Test(arguments: StoreKind.allCases, [EntryPage.End.first, .last])
    func bytesAreBoundedAndOneEntryThereIsAlways(_ kind: StoreKind, end: EntryPage.End) throws {
        let (store, bytes) = try make(kind)
        for (bound, count) in [(0, 1), (1, 1), (bytes, 1), (2 * bytes - 1, 1), (2 * bytes, 2), (7 * bytes, 7)] {
            let page = EntryPage(after: 0, through: .max, bytes: bound, end: end)
            let read = try store.entries(of: "s", page)
            #expect(read.count == count, "\(bound) bytes")
            #expect(read.map(\.seq) == (end == .first ? Array(1...Seq(count)) : Array((11 - Seq(count))...10)))
        }
        let both = EntryPage(after: 0, through: .max, limit: 2, bytes: 7 * bytes, end: end)
        #expect(try store.entries(of: "s", both).count == 2)
    }

    @Test(arguments: StoreKind.allCases) func whoseItIsDecidesWhetherItIsThere(_ kind: StoreKind) throws {
        let (store, _) = try make(kind)
        #expect(try store.load("s", of: nil)?.record.headSeq == 10)
        #expect(try store.load("s", of: Principal("user"))?.record.headSeq == 10)
        for other in ["somebody else", "", "USER", "user ", "user\0"] {
            #expect(try store.load("s", of: Principal(other)) == nil, "\(other)")
        }
    }

    @Test(arguments: StoreKind.allCases) func usersAreComparedByTheBytesOfTheirNames(_ kind: StoreKind) throws {
        let (store, _) = try make(kind)
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        _ = try store.create(session("c", of: composed, key: "key"))
        #expect(try store.load("c", of: Principal(decomposed)) == nil)
        #expect(try store.create(session("d", of: decomposed, key: "key")).id == "d")
        for (user, id) in [(composed, "c"), (decomposed, "d")] {
            let listed = try store.sessions(of: Principal(user), directory: nil, offset: 0, limit: 9)
            #expect(listed.map(\.id) == [SessionID(id)])
            #expect(try store.usage(of: Principal(user)) == 1_024)
        }
    }

    @Test(arguments: StoreKind.allCases) func whatAUserHoldsIsCounted(_ kind: StoreKind) throws {
        let (store, bytes) = try make(kind)
        let user = Principal("user")
        #expect(try store.usage(of: Principal("nobody")) == 0)
        let held = Int64(10 * bytes)
        #expect(try store.usage(of: user) == 1_024 + held)
        #expect(try store.load("s", of: nil)?.record.bytes == held)
        let asked = prompt("a", seq: 11)
        let more = commit("s", [echo(11, of: "a")], [asked])
        try store.commit([more])
        #expect(more.bytes == Int64(more.entries[0].payload.readableBytes + asked.content.readableBytes))
        #expect(try store.usage(of: user) == 1_024 + held + more.bytes)
        // The end of a turn costs its entry; what was asked is counted once.
        let end = commit("s", [note(12)], [prompt("a", seq: 11, end: .init(outcome: .stopped(.endTurn), seq: 12))])
        try store.commit([end])
        #expect(try store.usage(of: user) == 1_024 + held + more.bytes + end.bytes)
        #expect(end.bytes == Int64(end.entries[0].payload.readableBytes))
        _ = try store.create(session("t"))
        #expect(try store.usage(of: user) == 2_048 + held + more.bytes + end.bytes)
        try store.delete("s")
        #expect(try store.usage(of: user) == 1_024, "what was deleted is free at once")
    }
}
