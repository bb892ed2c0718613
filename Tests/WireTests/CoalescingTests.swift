import NIOCore
import TestKit
import Testing
import Wire

@Suite struct CoalescingTests {
    @Test func mergingChangesNothingButTheNumberOfFrames() {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 5)
        var merges = 0
        for _ in 0..<300 {
            let entries = generator.journal(count: generator.int(1...60))
            let merged = Entry.coalesced(entries)
            merges += entries.count - merged.count
            #expect(SessionState(folding: merged) == SessionState(folding: entries), "\(seed)")
            #expect(HistoryMessage.messages(in: merged) == HistoryMessage.messages(in: entries), "\(seed)")
            expectCover(merged, through: Seq(entries.count), seed)
            #expect(Entry.coalesced(merged) == merged, "\(seed)")

            // A journal that merged a part of its rows before the replay merges the rest: the same frames.
            let cut = generator.int(0...entries.count)
            let parts = Entry.coalesced(entries[..<cut]) + Entry.coalesced(entries[cut...])
            #expect(Entry.coalesced(parts) == merged, "\(seed)")
        }
        #expect(merges > 0, "\(seed)")
    }

    /// Stored entries are merged as decoded ones are, and those that stay alone keep their bytes.
    @Test func storedEntriesAreMergedWithoutDecodingTheOthers() throws {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 6)
        var kept = 0
        for _ in 0..<300 {
            let entries = generator.journal(count: generator.int(1...60))
            let stored = entries.map(EncodedEntry.init)
            let merged = EncodedEntry.coalesced(stored)
            #expect(try merged.map { try $0.decoded() } == Entry.coalesced(entries), "\(seed)")
            let alone = merged.filter { $0.from == $0.seq }
            #expect(alone == alone.map { stored[Int($0.seq) - 1] }, "\(seed)")
            kept += alone.count
        }
        #expect(kept > 0, "\(seed)")
        #expect(EncodedEntry.coalesced([]) == [])
    }

    /// A chunk that cannot be decoded is passed on as it is, and the others are merged.
    @Test func whatCannotBeDecodedIsPassedOn() {
        let note = Entry(seq: 3, timestamp: 103, body: .event(.note("note")))
        let chunks = [1, 2, 4, 5].map { EncodedEntry(Self.chunk($0, "a")) }
        var stored = [chunks[0], chunks[1], EncodedEntry(note), chunks[2], chunks[3]]
        #expect(EncodedEntry.coalesced(stored).map(\.seq) == [2, 3, 5])
        stored[1].payload = ByteBuffer(string: "{")
        #expect(EncodedEntry.coalesced(stored).map(\.seq) == [1, 2, 3, 5])
        #expect(EncodedEntry.coalesced(stored)[1] == stored[1])
    }

    private func expectCover(_ entries: [Entry], through head: Seq, _ seed: TestSeed) {
        var cursor: Seq = 0
        for entry in entries {
            #expect(Admission(cursor: cursor, from: entry.from, seq: entry.seq) == .apply, "\(seed)")
            cursor = entry.seq
        }
        #expect(cursor == head, "\(seed)")
    }

    static func chunk(_ seq: Seq, _ text: String, id: MessageID? = "m", key: ClientMessageID? = nil) -> Entry {
        Entry(
            seq: seq, timestamp: 100 + seq, clientMessageID: key,
            body: .update(.agentMessage(.init(messageID: id, content: .text(text)))))
    }

    @Test func adjacentChunksOfAMessageBecomeOneWithTheFirstTime() {
        let merged = Entry.coalesced([Self.chunk(1, "a"), Self.chunk(2, ""), Self.chunk(3, "b\u{301}")])
        var expected = Self.chunk(1, "ab\u{301}")
        expected.seq = 3
        expected.lastTimestamp = 103
        #expect(merged == [expected])
        #expect(merged.first?.from == 1)
        #expect(Entry.coalesced([]) == [])
    }

    /// Pairs that look alike and must stay two.
    @Test(arguments: [
        (chunk(1, "a"), chunk(2, "b", id: "other")), (chunk(1, "a", id: nil), chunk(2, "b", id: nil)),
        (chunk(1, "a", id: nil), chunk(2, "b")), (chunk(1, "a"), chunk(2, "b", id: nil)),
        (chunk(1, "a"), chunk(3, "b")), (chunk(1, "a"), chunk(2, "b", key: "k")),
        (chunk(1, "a", key: "k"), chunk(2, "b", key: "l")),
        (
            chunk(1, "a"),
            Entry(seq: 2, timestamp: 1, body: .update(.agentThought(.init(messageID: "m", content: .text("b")))))
        ),
        (
            chunk(1, "a"),
            Entry(seq: 2, timestamp: 1, body: .update(.userMessage(.init(messageID: "m", content: .text("b")))))
        ),
        (
            chunk(1, "a"),
            Entry(
                seq: 2, timestamp: 1,
                body: .update(.agentMessage(.init(messageID: "m", content: .resourceLink(name: "n", uri: "u")))))
        ),
        (chunk(1, "a"), Entry(seq: 2, timestamp: 1, body: .event(.note("b")))),
        (Entry(seq: 1, timestamp: 1, body: .update(.plan([]))), Entry(seq: 2, timestamp: 1, body: .update(.plan([])))),
    ])
    func staysTwo(first: Entry, second: Entry) { #expect(Entry.coalesced([first, second]) == [first, second]) }

    @Test(
        arguments: [
            SessionUpdate.userMessage, SessionUpdate.agentMessage, SessionUpdate.agentThought,
        ] as [@Sendable (ContentChunk) -> SessionUpdate])
    func everyKindOfChunkIsMerged(kind: @Sendable (ContentChunk) -> SessionUpdate) {
        func entry(_ seq: Seq, _ text: String) -> Entry {
            Entry(seq: seq, timestamp: 1, body: .update(kind(.init(messageID: "m", content: .text(text)))))
        }
        let expected = Entry(from: 1, seq: 2, timestamp: 1, body: entry(1, "ab").body)
        #expect(Entry.coalesced([entry(1, "a"), entry(2, "b")]) == [expected])
    }

    @Test func aMergedTextIsBounded() {
        let half = String(repeating: "é", count: Entry.mergedBytesMaximum / 4)
        #expect(Entry.coalesced([Self.chunk(1, half), Self.chunk(2, half)]).count == 1)
        #expect(Entry.coalesced([Self.chunk(1, half), Self.chunk(2, half + "a")]).count == 2)
        let three = Entry.coalesced([Self.chunk(1, half), Self.chunk(2, half), Self.chunk(3, "a")])
        #expect(three.map(\.seq) == [2, 3])
    }
}
