import NIOCore
import Testing
import Wire

@testable import Ledger

/// What one session may keep, and keep waiting.
@Suite struct BoundTests {
    private func reasons(_ effects: [LedgerEffect]) -> [String?] {
        effects.map { effect in
            if case .respond(_, _, .failure(let error)) = effect { error.reason } else { nil }
        }
    }

    // MARK: Prompts that wait

    @Test func noneMayWaitAndOneRuns() {
        let session = Session(limits: Limits(turnsQueued: 0))
        _ = session.handle(ask("a"))
        #expect(session.isCommitting, "the first waits for nobody")
        #expect(reasons(session.handle(ask("b"))) == ["queue_full"], "one that is being stored is about to run")
        _ = session.commit()
        #expect(reasons(session.handle(ask("b"))) == ["queue_full"])
        #expect(session.handle(ask("a", request: .number(2))) == [], "the same one joins")
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        _ = session.handle(ask("b"))
        #expect(session.isCommitting)
    }

    @Test func oneMayWait() {
        let session = Session(limits: Limits(turnsQueued: 1))
        session.begin("a")
        _ = session.handle(ask("b"))
        #expect(reasons(session.handle(ask("c"))) == ["queue_full"])
        _ = session.commit()
        #expect(reasons(session.handle(ask("c"))) == ["queue_full"])
        _ = session.handle(.cancelled(turn("b")))
        _ = session.commit()
        _ = session.handle(ask("c"))
        #expect(session.isCommitting, "what was cancelled makes room")
    }

    @Test func waitersOfATurnAreBounded() {
        let session = Session(limits: Limits(waiters: 2))
        session.begin("a")
        #expect(session.handle(ask("a", request: .number(1))) == [])
        #expect(reasons(session.handle(ask("a", request: .number(2)))) == ["queue_full"])
        _ = session.handle(.detached(.one))
        #expect(session.handle(ask("a", from: .two, request: .number(3))) == [], "who is gone waits no more")
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.commit() == [answered("a", seq: 3, joined: true, on: .two, request: .number(3))])
        #expect(
            session.handle(ask("a", request: .number(4)))
                == [answered("a", seq: 3, joined: true, request: .number(4))])
    }

    @Test func aSessionThatIsFullTakesNoPrompts() {
        let session = Session(limits: Limits(sessionBytes: 100))
        session.begin("a")
        #expect(session.ledger.record.bytes >= 100)
        #expect(reasons(session.handle(ask("b"))) == ["session_full"])
        // The turn that runs goes on, and the prompt that is known is answered.
        #expect(session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [note("x")])).count == 1)
        #expect(session.commit() == [.release(CorrelationID(rawValue: 1))])
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        #expect(session.handle(ask("a")) == [answered("a", seq: 4, joined: true)])
    }

    @Test func whatIsStoredIsCountedAndWhatIsNotIsNot() {
        let session = Session()
        _ = session.handle(ask("a"))
        _ = session.failCommit()
        #expect(session.ledger.record.bytes == 0)
        guard case .commit(let commit)? = session.handle(ask("a")).first else {
            Issue.record("nothing is stored")
            return
        }
        _ = session.commit()
        #expect(session.ledger.record.bytes == commit.bytes)
    }

    // MARK: Prompts that have ended

    @Test func aPromptThatHasEndedIsKnownWithoutWhatWasAsked() {
        let session = Session()
        session.begin("a")
        #expect(session.ledger.prompts["a"]?.content.readableBytes ?? 0 > 0, "a turn that runs needs it")
        _ = session.handle(.finished(turn("a"), .stopped(.refusal)))
        _ = session.commit()
        #expect(session.ledger.prompts["a"]?.content.readableBytes == 0)
        #expect(reasons(session.handle(ask("a", "other"))) == ["idempotency_conflict"])
        #expect(session.handle(ask("a")) == [answered("a", .refusal, seq: 3, joined: true)])
    }

    @Test func oneThatWasStoredWithItIsKeptWithoutItToo() {
        let stored = Session.stored([asked("a"), began("a"), ended("a")], prompts: [record("a", seq: 1, end: .at(3))])
        let session = Session(stored)
        #expect(session.ledger.prompts["a"]?.content.readableBytes == 0)
        #expect(session.ledger.prompts["a"]?.digest == record("a", seq: 1).digest)
        #expect(reasons(session.handle(ask("a", "other"))) == ["idempotency_conflict"])
        #expect(session.handle(ask("a")) == [answered("a", seq: 3, joined: true)])
    }

    @Test func aSumTellsContentsApart() {
        let texts = ["", "a", "b", "ab", "ba", "aa", "a\0", "\0a", "é", "e\u{301}"]
        let sums = texts.map { PromptRecord.digest(of: ByteBuffer(string: $0)) }
        #expect(Set(sums).count == texts.count)
    }

    // MARK: The tail

    private func entries(_ range: ClosedRange<Seq>, bytes: Int = 0) -> [EncodedEntry] {
        range.map { entry($0, note(String(repeating: "x", count: bytes))) }
    }

    @Test func theTailIsBoundedInBytesAndKeepsItsLast() {
        let size = entries(1...1, bytes: 100)[0].payload.readableBytes
        var tail = Tail(entries(1...10, bytes: 100), maximum: 100, bytesMaximum: 3 * size)
        #expect(tail.after(7, head: 10)?.map(\.seq) == [8, 9, 10])
        #expect(tail.after(6, head: 10) == nil)
        tail.append(entries(11...11, bytes: 10_000))
        #expect(tail.after(10, head: 11)?.map(\.seq) == [11], "one there is always")
        #expect(tail.after(9, head: 11) == nil)
        // What was dropped is not counted any more.
        tail.append(entries(12...14, bytes: 100))
        #expect(tail.after(11, head: 14)?.map(\.seq) == [12, 13, 14])
        #expect(tail.after(10, head: 14) == nil)
    }

    @Test func theTailIsBoundedInEntriesToo() {
        let tail = Tail(entries(1...10), maximum: 4, bytesMaximum: .max)
        #expect(tail.after(6, head: 10)?.count == 4)
        #expect(tail.after(5, head: 10) == nil)
        let none = Tail(entries(1...3), maximum: 0, bytesMaximum: .max)
        #expect(none.after(2, head: 3) == nil)
        #expect(none.after(3, head: 3) == [])
    }

    /// Whatever is asked for, the answer is the same, except that the entries are not in memory.
    @Test func aTailThatShrankKnowsItsEntries() {
        let busy = Tail(entries(1...10, bytes: 2_000), maximum: 8, bytesMaximum: .max)
        var idle = busy
        idle.shrink()
        #expect(idle.after(10, head: 10) == [])
        #expect(idle.after(9, head: 10) == nil && busy.after(9, head: 10)?.count == 1)
        for seq in Seq(0)...12 { #expect(idle.timestamp(of: seq) == busy.timestamp(of: seq)) }
        let bytes = entries(1...1, bytes: 2_000)[0].payload.readableBytes + 160
        for (seq, window, bound, start) in [
            (10, 0, 0, nil), (9, bytes, 0, nil), (9, bytes - 1, 0, 9), (2, 8 * bytes, 0, nil),
            (2, 8 * bytes - 1, 3 * bytes, 7), (2, 8 * bytes - 1, 3 * bytes - 1, 8), (2, 0, 100 * bytes, 2),
            (1, 100 * bytes, bytes, 9), (0, 100 * bytes, 100 * bytes, 2),
        ] as [(Seq, Int, Int, Seq?)] {
            #expect(busy.start(after: seq, window: window, bound: bound) == start, "\(seq), \(window)")
            #expect(idle.start(after: seq, window: window, bound: bound) == start, "\(seq), \(window)")
        }
        idle.append(entries(11...12))
        idle.shrink()
        #expect(idle.after(10, head: 12)?.map(\.seq) == [11, 12])
        #expect(idle.after(9, head: 12) == nil)
        #expect(idle.timestamp(of: 5) == busy.timestamp(of: 5) && idle.timestamp(of: 4) == nil)
    }

    /// A session that was loaded, one that is written to, and one whose entries are long: none keeps more.
    @Test func whatASessionKeepsOfItsJournalIsBoundedInBytes() {
        let limits = Limits()
        #expect((limits.tailEntries, limits.tailBytes) == (64, 32 << 10), "as the manual says")
        let text = String(repeating: "x", count: 4_000)
        let session = Session(Session.stored((1...256).map { note("\($0) \(text)") }))
        #expect(session.ledger.tail.bytes <= limits.tailBytes)
        session.begin("a")
        for number in 1...256 as ClosedRange<UInt64> {
            _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: number), [note(text)]))
            _ = session.commit()
            #expect(session.ledger.tail.bytes <= limits.tailBytes)
        }
        #expect(session.journal.reduce(0) { $0 + $1.payload.readableBytes } > 2_000_000)
        // A single one that is longer stays until the next one is there.
        let long = String(repeating: "x", count: 100_000)
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 1_000), [note(long)]))
        _ = session.commit()
        #expect(session.ledger.tail.bytes == session.journal.last?.payload.readableBytes)
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        _ = session.commit()
        #expect(session.ledger.tail.bytes < 1_000)
    }
}
