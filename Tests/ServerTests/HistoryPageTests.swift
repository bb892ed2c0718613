import Ledger
import TestKit
import Testing
import Wire

@testable import Server

/// Pages against the whole: whatever the journal is and however it is walked, the pages add up to its messages.
@Suite struct HistoryPageTests {
    /// A journal of random messages and other things, dense from 1.
    private func journal(_ random: inout SplitMix64, entries: Int) -> [Entry] {
        var message = 0
        return (1...Seq(entries)).map { seq in
            if random.oneIn(4) { message += 1 }
            let isLong = random.oneIn(200)
            let text = String(repeating: isLong ? "long " : "x", count: Int.random(in: 1...8, using: &random))
            let chunk = ContentChunk(
                messageID: MessageID("m\(message)"),
                content: .text(isLong ? String(repeating: text, count: 20_000) : text))
            let body: Entry.Body =
                switch Int.random(in: 0..<6, using: &random) {
                case 0: .event(.note("note"))
                case 1: .update(.userMessage(chunk))
                default: .update(.agentMessage(chunk))
                }
            return Entry(seq: seq, timestamp: seq, body: body)
        }
    }

    /// Reads as a store does, both ends and the bounds.
    private func read(_ page: EntryPage, _ journal: [Entry]) -> [Entry] {
        let range = journal[Int(page.after)..<Int(page.through)].filter { entry in
            switch entry.body {
            case .update(.userMessage), .update(.agentMessage): true
            case .update, .event: false
            }
        }
        return page.end == .first ? Array(range.prefix(page.limit)) : Array(range.suffix(page.limit))
    }

    private func walk(_ journal: [Entry], limit: Int64, forwards: Bool) throws -> [HistoryMessage] {
        var messages: [HistoryMessage] = []
        var next: Seq? = forwards ? 0 : nil
        for _ in 0...journal.count {
            let request = HistoryRequest(
                session: "s", before: forwards ? nil : next, after: forwards ? next : nil, limit: limit)
            let page = try HistoryPage(request, head: journal.last?.seq ?? 0) { read($0, journal) }
            #expect(page.messages.count <= Int(limit))
            #expect(page.messages.reduce(0) { $0 + $1.bytes } <= HistoryRequest.bytesMaximum)
            messages = forwards ? messages + page.messages : page.messages + messages
            if let last = next, let now = page.next {
                #expect(forwards ? now > last : now < last, "it goes on")
            }
            next = page.next
            if next == nil { return messages }
        }
        Issue.record("a walk without an end")
        return messages
    }

    @Test(arguments: 1...8, [true, false]) func pagesAddUpToTheMessages(seed: UInt64, forwards: Bool) throws {
        var random = SplitMix64(seed: seed)
        let journal = journal(&random, entries: Int.random(in: 1...2_500, using: &random))
        let whole = HistoryMessage.messages(in: journal)
        for limit in [3, 64, 1_000] as [Int64] {
            let walked = try walk(journal, limit: limit, forwards: forwards)
            #expect(walked.map(\.id) == whole.map(\.id))
            #expect(walked.map(\.from) == whole.map(\.from))
            #expect(walked.map(\.seq) == whole.map(\.seq))
            for (page, message) in zip(walked, whole) where !page.isTruncated {
                #expect(page.content == message.content)
            }
            #expect(
                walked.map(\.isTruncated) == whole.map { $0.bytes > HistoryRequest.bytesMaximum },
                "only what does not fit by itself is cut")
        }
    }

    @Test func aJournalOfNothingHasNoPages() throws {
        for (before, after) in [(nil, nil), (1, nil), (0, nil), (nil, 0), (nil, 9)] as [(Seq?, Seq?)] {
            let request = HistoryRequest(session: "s", before: before, after: after)
            let page = try HistoryPage(request, head: 0) { _ in [] }
            #expect(page.messages == [] && page.next == nil)
        }
    }

    /// However long the journal is, a page looks at a bounded part of it.
    @Test(arguments: [true, false]) func aPageLooksAtSoMuch(forwards: Bool) throws {
        let journal = (1...20_000).map { Entry(seq: $0, timestamp: $0, body: .event(.note("sand"))) }
        var looked: Seq = 0
        let request = HistoryRequest(session: "s", after: forwards ? 0 : nil)
        let page = try HistoryPage(request, head: 20_000) { page in
            #expect(page.kinds == .messages)
            looked += page.through - page.after
            return read(page, journal)
        }
        #expect(page.messages == [])
        #expect((HistoryPage.entriesMaximum..<HistoryPage.entriesMaximum + 1_000).contains(looked))
        #expect(page.next == (forwards ? looked : 20_001 - looked))
    }
}
