import TestKit
import Testing
import Wire

/// A text that is delivered in pieces over one connection and merged over another one is there once.
@Suite struct HeldTextTests {
    private static func chunk(_ seq: Seq, _ text: String, of message: MessageID? = "m") -> Entry {
        Entry(
            seq: seq, timestamp: seq,
            body: .update(.agentMessage(ContentChunk(messageID: message, content: .text(text)))))
    }

    private static func note(_ seq: Seq) -> Entry { Entry(seq: seq, timestamp: seq, body: .event(.note("n\(seq)"))) }

    private static func text(of entry: Entry?) -> String? {
        guard case .update(.agentMessage(let chunk))? = entry?.body else { return nil }
        return chunk.content.text
    }

    @Test func theReplayOfAMoveRepeatsNothing() {
        var held = HeldText()
        let journal = (101...108).map { Self.chunk($0, "é\($0) ") }
        for entry in journal.prefix(5) { #expect(held.lacking(of: entry) == entry) }
        let merged = Entry.coalesced(journal)
        #expect(merged.count == 1)
        let rest = held.lacking(of: merged[0])
        #expect(Self.text(of: rest) == "é106 é107 é108 ")
        #expect(rest?.from == 106 && rest?.seq == 108)
        #expect(held.lacking(of: merged[0]) == nil)
        for entry in journal { #expect(held.lacking(of: entry) == nil) }
    }

    /// Whatever was delivered where, the texts add up to the journal's.
    @Test func piecesOfTwoConnectionsAddUpToTheJournal() {
        var generator = TestSeed.current.generator()
        for _ in 0..<500 {
            var journal: [Entry] = []
            for seq in 1...Seq.random(in: 2...40, using: &generator) {
                switch Int.random(in: 0...9, using: &generator) {
                case 0: journal.append(Self.note(seq))
                case 1: journal.append(Self.chunk(seq, "b\(seq)", of: "other"))
                default: journal.append(Self.chunk(seq, String(repeating: "ü", count: Int(seq % 4)) + "a\(seq)"))
                }
            }
            var held = HeldText()
            var heard: [Entry] = []
            var claimed = 0
            while held.last < journal.count {
                // The new connection claims what was held when it dialled; the old one delivers some more meanwhile.
                claimed = Int(held.last)
                let more = Int.random(in: claimed...journal.count, using: &generator)
                heard += journal[claimed..<more].compactMap { held.lacking(of: $0) }
                let through = Int.random(in: more...journal.count, using: &generator)
                heard += Entry.coalesced(journal[claimed..<through]).compactMap { held.lacking(of: $0) }
            }
            let texts = heard.map { Self.text(of: $0) ?? "|" }.joined()
            #expect(texts == journal.map { Self.text(of: $0) ?? "|" }.joined())
            #expect(zip(heard, heard.dropFirst()).allSatisfy { $0.seq + 1 == $1.from })
        }
    }
}
