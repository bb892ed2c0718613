import JournalKit
import Ledger
import StorageKit
import TestKit
import Testing
import Wire

/// What every journal does, whatever it is kept in.
@Suite struct JournalConformanceTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func make(_ kind: StoreKind) throws -> any JournalStore & TokenStore { try kind.make(in: directory) }

    @Test(arguments: StoreKind.allCases) func aSessionIsKeptWhole(_ kind: StoreKind) throws {
        let store = try make(kind)
        #expect(try store.load("s", of: nil) == nil)
        let record = session("s", key: "key")
        #expect(try store.create(record) == record)
        #expect(
            try store.load("s", of: nil) == StoredSession(record: record, state: SessionState(), tail: [], prompts: []))

        let entries = [echo(1, of: "a"), note(2, "„é\u{0}“"), note(3)]
        let written = commit("s", entries, [prompt("a", seq: 1)], title: "a?")
        try store.commit([written])
        var changed = record
        (changed.headSeq, changed.updatedAt, changed.title, changed.bytes) = (3, 103, "a?", written.bytes)
        let encoded = entries.map { EncodedEntry($0) }
        #expect(
            try store.load("s", of: nil)
                == StoredSession(
                    record: changed, state: SessionState(folding: entries), tail: encoded,
                    prompts: [prompt("a", seq: 1)]))
        #expect(try store.entries(of: "s", EntryPage(after: 0, through: 9, limit: 9)) == encoded)
        #expect(try store.entries(of: "s", EntryPage(after: 1, through: 2, limit: 9)) == [encoded[1]])
        #expect(try store.entries(of: "s", EntryPage(after: 0, through: 3, limit: 2)) == Array(encoded.prefix(2)))
        #expect(try store.entries(of: "other", EntryPage(after: 0, through: 3, limit: 2)) == [])
    }

    /// A page of messages has the chunks of users and agents alone, from either end, within the same bounds.
    @Test(arguments: StoreKind.allCases) func pagesOfMessages(_ kind: StoreKind) throws {
        let store = try make(kind)
        _ = try store.create(session("s"))
        let thought = SessionUpdate.agentThought(.init(messageID: "t", content: .text("hm")))
        let entries = [
            note(1), echo(2, of: "a"), note(3), chunk(4), Entry(seq: 5, timestamp: 5, body: .update(thought)), chunk(6),
            note(7),
        ]
        try store.commit([commit("s", entries)])
        func read(_ range: ClosedRange<Seq>, limit: Int = 9, bytes: Int = 1 << 20, _ end: EntryPage.End) throws -> [Seq]
        {
            let page = EntryPage(
                after: range.lowerBound - 1, through: range.upperBound, limit: limit, bytes: bytes, kinds: .messages,
                end: end)
            return try store.entries(of: "s", page).map(\.seq)
        }
        for end in [EntryPage.End.first, .last] {
            #expect(try read(1...9, end) == [2, 4, 6])
            #expect(try read(3...5, end) == [4])
            #expect(try read(7...7, end) == [])
            #expect(try read(1...7, bytes: 0, end).count == 1, "one that is longer than the bound is read")
        }
        #expect(try read(1...7, limit: 2, .first) == [2, 4])
        #expect(try read(1...7, limit: 2, .last) == [4, 6])
    }

    @Test(arguments: StoreKind.allCases) func theLastTitleStays(_ kind: StoreKind) throws {
        let store = try make(kind)
        _ = try store.create(session("s"))
        try store.commit([commit("s", [note(1)]), commit("s", [note(2)], title: "one")])
        try store.commit([commit("s", [note(3)], title: "two")])
        #expect(try store.load("s", of: nil)?.record.title == "two")
        try store.commit([commit("s", [note(4)])])
        #expect(try store.load("s", of: nil)?.record.title == "two")
        #expect(try store.load("s", of: nil)?.record.headSeq == 4)
    }

    @Test(arguments: StoreKind.allCases) func aSessionKeyIsOnePerUser(_ kind: StoreKind) throws {
        let store = try make(kind)
        let first = session("first", key: "key")
        #expect(try store.create(first) == first)
        #expect(try store.create(session("second", key: "key")) == first)
        #expect(try store.load("second", of: nil) == nil)
        let others = session("others", of: "somebody else", key: "key")
        #expect(try store.create(others) == others)
        for id in ["plain-1", "plain-2"] as [SessionID] { #expect(try store.create(session(id)).id == id) }
        var again = first
        again.directory = "/elsewhere"
        #expect(try store.create(again) == first)
    }

    @Test(arguments: StoreKind.allCases) func aUserHasRoomForSoManySessions(_ kind: StoreKind) throws {
        let store = try make(kind)
        func create(
            _ id: SessionID, key: String? = nil, maximum: Int? = 2, of user: String = "user", since: Int64 = 0
        ) throws -> Creation {
            let room = maximum.map { SessionRoom(maximum: $0, seenSince: Instant(nanoseconds: since)) }
            return try store.create(session(id, of: user, key: key), within: room, by: .never)
        }
        let (a, b) = (session("a", key: "a"), session("b"))
        #expect(try create("a", key: "a") == .created(a))
        #expect(try create("b") == .created(b))
        #expect(try create("c") == .tooMany(maximum: 2))
        #expect(try store.load("c", of: nil) == nil, "nothing of it is stored")
        #expect(try create("c", key: "a") == .found(a), "asking again for one that is there takes no room")
        #expect(try create("b") == .found(b))
        #expect(try create("c", of: "another") == .created(session("c", of: "another")))
        #expect(try create("d", maximum: nil) == .created(session("d")), "a successor needs no room")
        try store.delete("d")
        try store.touch(["b": Instant(nanoseconds: 50)], served: .zero)
        #expect(try create("e", maximum: 1, since: 50) == .tooMany(maximum: 1))
        #expect(try create("e", since: 50) == .created(session("e")), "one that nobody came back to does not count")
        try store.delete("e")
        try store.expire("b", at: 60, successor: "f")
        #expect(try create("f") == .created(session("f")), "nor does one that has expired")
        #expect(try create("g") == .tooMany(maximum: 2))
    }

    @Test(arguments: StoreKind.allCases) func sessionsAreListedTheLastUsedFirst(_ kind: StoreKind) throws {
        let store = try make(kind)
        for (number, id) in (["a", "b", "c"] as [SessionID]).enumerated() {
            _ = try store.create(session(id, directory: id == "b" ? "/b" : "/folder", createdAt: Timestamp(number)))
        }
        _ = try store.create(session("x", of: "somebody else"))
        try store.commit([commit("a", [note(1, at: 50)])])
        func list(_ directory: String? = nil, _ offset: Int = 0, _ limit: Int = 9) throws -> [SessionID] {
            try store.sessions(of: Principal("user"), directory: directory, offset: offset, limit: limit).map(\.id)
        }
        #expect(try list() == ["a", "c", "b"])
        #expect(try list("/folder") == ["a", "c"])
        #expect(try list(nil, 1, 1) == ["c"])
        #expect(try list(nil, 3) == [])
        try store.commit([commit("b", [note(1, at: 50)])])
        #expect(try list() == ["b", "a", "c"])
    }

    @Test(arguments: StoreKind.allCases) func promptsAreUnfinishedUntilTheirEnd(_ kind: StoreKind) throws {
        let store = try make(kind)
        for id in ["s", "t", "u"] as [SessionID] { _ = try store.create(session(id)) }
        try store.commit([
            commit("s", [note(1), note(2)], [prompt("b", seq: 2), prompt("a", seq: 1)]),
            commit("t", [note(1)], [prompt("a", seq: 1)]),
        ])
        #expect(try Set(store.unfinishedSessions()) == ["s", "t"])
        let outcomes: [TurnOutcome] = [.stopped(.cancelled), .failed("interrupted")]
        for (number, outcome) in outcomes.enumerated() {
            let seq = Seq(3 + number)
            let id: ClientMessageID = number == 0 ? "a" : "b"
            try store.commit([
                commit("s", [note(seq)], [prompt(id, seq: Seq(1 + number), end: .init(outcome: outcome, seq: seq))])
            ])
        }
        #expect(try store.unfinishedSessions() == ["t"])
        let stored = try #require(try store.load("s", of: nil))
        #expect(stored.prompts == [] && stored.hasEndedPrompts, "those that have ended are looked up")
        let waiting = try #require(try store.load("t", of: nil))
        #expect(waiting.prompts == [prompt("a", seq: 1)] && !waiting.hasEndedPrompts)
        let found = try ["a", "b", "c"].map { try store.prompt(ClientMessageID($0), of: "s") }
        #expect(
            found == [
                prompt("a", seq: 1, end: .init(outcome: outcomes[0], seq: 3)).settled,
                prompt("b", seq: 2, end: .init(outcome: outcomes[1], seq: 4)).settled, nil,
            ], "without what was asked")
        #expect(try store.prompt("a", of: "t") == prompt("a", seq: 1))
        #expect(try store.prompt("a", of: "u") == nil && store.prompt("a", of: "none") == nil)
    }

    /// A session is loaded from its newest checkpoint and the entries behind it.
    @Test(arguments: StoreKind.allCases) func checkpointsAreTakenFor(_ kind: StoreKind) throws {
        let store = try make(kind)
        _ = try store.create(session("s"))
        var entries: [Entry] = []
        for (number, key) in ["a", "b", "c"].enumerated() {
            let memory = Entry(
                seq: Seq(2 * number + 1), timestamp: 1, body: .event(.memory(key: key, value: .integer(Int64(number)))))
            var new = commit("s", [memory, note(Seq(2 * number + 2))])
            entries += [memory, note(Seq(2 * number + 2))]
            if number < 2 { new.checkpoint = SessionState(folding: entries).checkpoint }
            try store.commit([new])
            let stored = try #require(try store.load("s", of: nil))
            #expect(stored.state == SessionState(folding: entries))
            #expect(stored.checkpoint == Seq(min(number + 1, 2) * 2))
        }
        // Of a commit that is refused nothing is kept.
        var refused = commit("s", [note(9)])
        refused.checkpoint = SessionState(folding: [note(9)]).checkpoint
        #expect(throws: StoreError.self) { try store.commit([refused]) }
        #expect(try store.load("s", of: nil)?.checkpoint == 4)
    }

    @Test(arguments: StoreKind.allCases) func signsOfLifeOnlyGoForward(_ kind: StoreKind) throws {
        let store = try make(kind)
        _ = try store.create(session("s"))
        func touch(_ times: [SessionID: Int64], served: Int64) throws {
            try store.touch(
                times.mapValues { Instant(nanoseconds: $0) }, served: Instant(nanoseconds: served))
        }
        #expect(try store.served() == .zero)
        try touch(["s": 50, "gone": 60], served: 70)
        try touch(["s": 40], served: 65)
        #expect(try store.load("s", of: nil)?.record.seenAt == Instant(nanoseconds: 50))
        #expect(try store.served() == Instant(nanoseconds: 70))
        try store.expire("s", at: 10, successor: "t")
        try touch(["s": 80], served: 90)
        #expect(try store.load("s", of: nil)?.record.seenAt == Instant(nanoseconds: 50), "its last is behind it")
    }

    /// A server that is killed before it has stored the served time continues behind the sign of life of a new session.
    @Test(arguments: StoreKind.allCases) func aNewSessionAdvancesTheServedTime(_ kind: StoreKind) throws {
        let store = try make(kind)
        for (time, served) in [(70, 70), (40, 70), (90, 90)] as [(Int64, Int64)] {
            var session = session(SessionID("s\(time)"))
            session.seenAt = Instant(nanoseconds: time)
            _ = try store.create(session)
            #expect(try store.served() == Instant(nanoseconds: served))
        }
    }

    @Test(arguments: StoreKind.allCases) func sessionsThatNobodyCameBackToAreFound(_ kind: StoreKind) throws {
        let store = try make(kind)
        for (number, id) in (["a", "b", "expired", "busy", "seen"] as [SessionID]).enumerated() {
            _ = try store.create(session(id))
            try store.touch([id: Instant(nanoseconds: Int64(10 * (number + 1)))], served: .zero)
        }
        try store.commit([commit("busy", [note(1)], [prompt("k", seq: 1)])])
        try store.expire("expired", at: 5, successor: "b")
        func found(_ before: Int64, isExpired: Bool = false, limit: Int = 9) throws -> [SessionID] {
            try store.abandonedSessions(
                seenBefore: Instant(nanoseconds: before), isExpired: isExpired, limit: limit)
        }
        #expect(try found(10) == [])
        #expect(try found(50) == ["a", "b", "expired"], "not the one with a turn")
        #expect(try found(50, limit: 2) == ["a", "b"])
        #expect(try found(99, isExpired: true) == ["expired"])
        try store.delete("a")
        #expect(try found(50) == ["b", "expired"])
    }

    @Test(arguments: StoreKind.allCases) func anExpiredSessionIsReadUntilItsArchiveEnds(_ kind: StoreKind) throws {
        let store = try make(kind)
        for id in ["old", "new", "live"] as [SessionID] {
            _ = try store.create(session(id))
            try store.commit([commit(id, [note(1)], [prompt("a", seq: 1)])])
        }
        try store.expire("old", at: 10, successor: "new")
        try store.expire("old", at: 99, successor: "live")
        #expect(try store.load("old", of: nil)?.record.expiry == .init(at: 10, successor: "new"))
        #expect(try store.entries(of: "old", EntryPage(after: 0, through: 1, limit: 1)).count == 1)
        try store.expire("new", at: 20, successor: "live")
        try store.delete("old")
        #expect(try store.load("old", of: nil) == nil)
        #expect(try store.entries(of: "old", EntryPage(after: 0, through: 1, limit: 1)) == [])
        try store.delete("live")
        try store.delete("live")
        #expect(try store.unfinishedSessions() == ["new"])
        // When all of it is off the disk its name can be used again, and nothing of before is under it.
        while try store.purge() {}
        _ = try store.create(session("old"))
        #expect(try store.load("old", of: nil)?.prompts == [])
    }

    @Test(arguments: StoreKind.allCases) func tokensAreKeptByTheirHash(_ kind: StoreKind) throws {
        let store = try make(kind)
        func token(_ id: String, _ byte: UInt8, at: Timestamp) -> TokenRecord {
            TokenRecord(
                id: id, hash: Array(repeating: byte, count: 32), principal: Principal("user"), createdAt: at,
                expiresAt: at == 1 ? nil : 900)
        }
        let (a, b) = (token("a", 1, at: 2), token("b", 2, at: 1))
        try store.add(a)
        try store.add(b)
        #expect(storeError { try store.add(token("a", 3, at: 3)) }?.isFailed == true)
        #expect(storeError { try store.add(token("c", 1, at: 3)) }?.isFailed == true)
        #expect(try store.token(hash: a.hash) == a)
        #expect(try store.token(hash: Array(repeating: 9, count: 32)) == nil)
        #expect(try store.tokens(nil) == [b, a])
        #expect(try store.tokens(["a", "gone"]) == [a])
        #expect(try store.tokens(["a", "b", "a"]) == [b, a])
        #expect(try store.tokens([]) == [])
        let before = try store.revocations()
        #expect(try store.revoke("a", at: 5))
        #expect(try store.revocations() != before)
        #expect(try store.revoke("a", at: 6))
        let after = try store.revocations()
        #expect(try !store.revoke("gone", at: 5))
        #expect(try store.revocations() == after, "nothing has changed")
        #expect(try store.token(hash: a.hash)?.revokedAt == 5)
        #expect(try store.token(hash: b.hash)?.revokedAt == nil)
    }
}
