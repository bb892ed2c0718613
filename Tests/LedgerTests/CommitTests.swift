import Testing
import Wire

@testable import Ledger

/// Commit, then send (`protocol.md` §3).
@Suite struct CommitTests {
    private static let correlation = CorrelationID(rawValue: 1)

    private func start(_ key: ClientMessageID, seq: Seq, in session: Session) -> LedgerEffect {
        .start(
            TurnStart(
                turn: turn(key), message: MessageID("message-\(key)"), prompt: record(key, seq: seq), startSeq: seq + 1,
                state: session.ledger.state))
    }

    @Test func aTurnFromPromptToAnswer() {
        let session = Session()
        _ = session.attach()
        let first = [entry(1, asked("a"), key: "a"), entry(2, began("a"))]
        #expect(session.handle(ask("a")) == [commit(first, [record("a", seq: 1)], title: "a?")])
        #expect(session.ledger.record.headSeq == 0)
        #expect(session.commit() == [.deliver(.one, first, isReplay: false), start("a", seq: 1, in: session)])
        #expect(session.ledger.record.title == "a?")
        #expect(session.ledger.state.runningTurn?.id == turn("a"))

        let said = [entry(3, said("x"))]
        #expect(session.handle(.appended(turn("a"), Self.correlation, [LedgerTests.said("x")])) == [commit(said)])
        #expect(session.commit() == [.deliver(.one, said, isReplay: false), .release(Self.correlation)])

        let over = [entry(4, ended("a"))]
        #expect(
            session.handle(.finished(turn("a"), .stopped(.endTurn)))
                == [commit(over, [record("a", seq: 1, end: .at(4))])])
        #expect(session.commit() == [.deliver(.one, over, isReplay: false), answered("a", seq: 4)])
        #expect(!session.ledger.isWorking)
        #expect(!session.ledger.isIdle)
        _ = session.handle(.detached(.one))
        #expect(session.ledger.isIdle)
    }

    @Test func whatWaitsForTheCommitIsOneBatchWithDenseNumbers() {
        let session = Session()
        session.begin("a")
        #expect(session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [said("x")])).count == 1)
        // Meanwhile: more text of the same message, a thought of its own, and another prompt.
        #expect(session.handle(.appended(turn("a"), CorrelationID(rawValue: 2), [said("y")])) == [])
        #expect(
            session.handle(.appended(turn("a"), CorrelationID(rawValue: 3), [said("z"), note("n"), said("!")])) == [])
        #expect(session.handle(ask("b")) == [])
        let next = [
            entry(4, said("yz")), entry(5, note("n")), entry(6, said("!")), entry(7, asked("b"), key: "b"),
        ]
        #expect(
            session.commit() == [.release(CorrelationID(rawValue: 1)), commit(next, [record("b", seq: 7)])])
        #expect(session.commit() == [.release(CorrelationID(rawValue: 2)), .release(CorrelationID(rawValue: 3))])
    }

    @Test func aBatchIsBoundedAndTheRestFollows() {
        let session = Session(limits: Limits(commitEntries: 2))
        session.begin("a")
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [note("1")]))
        for number in 2...4 {
            _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: UInt64(number)), [note("\(number)")]))
        }
        #expect(
            session.commit()
                == [.release(CorrelationID(rawValue: 1)), commit([entry(4, note("2")), entry(5, note("3"))])])
        #expect(session.commit().last == commit([entry(6, note("4"))]))
    }

    @Test func aPromptOfSeveralBlocksIsSeveralEntriesOfOneMessage() {
        let session = Session()
        let link = ContentBlock.resourceLink(name: "file", uri: "file:///file")
        let prompt = ClientRequest.Prompt(
            session: Session.id, content: [link, .text("why?\nreally")], clientMessageID: nil)
        let effects = session.handle(.prompted(.one, .number(1), prompt, turn: "t", message: "m"))
        guard case .commit(let commit)? = effects.first else { return #expect(Bool(false), "\(effects)") }
        // Without a key of the client's, the message's name is the key.
        #expect(commit.entries.map(\.clientMessageID) == ["m", "m", nil])
        #expect(commit.prompts.map(\.seq) == [2])
        #expect(commit.title == "why?")
    }

    @Test func titlesAreShortAndKept() {
        let session = Session()
        let long = String(repeating: "é", count: 81)
        guard case .commit(let commit)? = session.handle(ask("a", long)).first else { return #expect(Bool(false)) }
        #expect(commit.title == String(repeating: "é", count: 79) + "…")
        _ = session.commit()
        guard case .commit(let second)? = session.handle(ask("b")).first else { return #expect(Bool(false)) }
        #expect(second.title == nil)
    }

    @Test func theTitleOfAnAgentReplacesThatOfThePrompt() {
        let session = Session()
        session.begin("a")
        func give(_ title: JSON) -> String? {
            let body = Entry.Body.update(.other(["sessionUpdate": "session_info_update", "title": title]))
            let effects = session.handle(.appended(nil, CorrelationID(rawValue: 9), [body]))
            guard case .commit(let commit)? = effects.first else { return "\(effects)" }
            _ = session.commit()
            return commit.title
        }
        #expect(give("Fix it") == "Fix it")
        #expect(session.ledger.record.title == "Fix it")
        #expect(give(.null) == nil, "a list of sessions keeps the last one")
        #expect(session.ledger.record.title == "Fix it")
    }

    @Test func aCommitThatTheStoreHasNoTimeForRefusesThePromptForNow() {
        let session = Session()
        _ = session.handle(ask("a"))
        let late = StoreError.notNow(.deadline, retryAfter: .milliseconds(400))
        guard case .respond(.one, .string("a"), .failure(let refused))? = session.failCommit(late).first else {
            return #expect(Bool(false))
        }
        #expect(refused.verdict == .notNow(after: .milliseconds(400)))
        #expect(refused.message == "the prompt could not be stored: \(late.remoteDescription)")
        #expect(!session.ledger.isWorking && session.ledger.record.headSeq == 0)
    }

    @Test func aFailedCommitRefusesThePromptWithTheReason() {
        for (error, reason) in [
            (StoreError.full("disk"), "disk_full"), (.corrupt("file"), "journal_damaged"),
            (.failed("no"), "storage_failed"),
        ] {
            let session = Session()
            _ = session.attach()
            _ = session.handle(ask("a"))
            _ = session.handle(ask("a", request: .number(2)))
            let refused = RPCError(
                .internalError, "the prompt could not be stored: \(error.remoteDescription)",
                data: ["belay": ["reason": .string(reason)]])
            #expect(
                session.failCommit(error) == [
                    .respond(.one, .string("a"), .failure(refused)), .respond(.one, .number(2), .failure(refused)),
                ])
            #expect(!session.ledger.isWorking && session.ledger.record.headSeq == 0)
            // The client sends it again, and it is as if it had never been.
            #expect(
                session.handle(ask("a"))
                    == [
                        commit(
                            [entry(1, asked("a"), key: "a"), entry(2, began("a"))], [record("a", seq: 1)], title: "a?")
                    ])
        }
    }

    @Test func aFailedCommitKeepsWhatTheAgentSaidAndLeavesNoGap() {
        let session = Session()
        session.begin("a")
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [note("1")]))
        _ = session.handle(ask("b"))
        _ = session.handle(.appended(turn("a"), CorrelationID(rawValue: 2), [note("2")]))
        _ = session.commit()
        // In flight: b's message as entry 4 and the note behind it.
        let refused = RPCError(
            .internalError, "the prompt could not be stored: \(StoreError.full("disk").remoteDescription)",
            data: ["belay": ["reason": "disk_full"]])
        #expect(session.failCommit() == [.respond(.one, .string("b"), .failure(refused)), .retryCommit])
        #expect(session.retry() == [commit([entry(4, note("2"))])])
        #expect(session.retry() == [])
        #expect(session.failCommit() == [.retryCommit])
        #expect(session.retry() == [commit([entry(4, note("2"))])])
        #expect(session.commit() == [.release(CorrelationID(rawValue: 2))])
        #expect(session.journal.map(\.seq) == [1, 2, 3, 4])
    }

    @Test func aFailedEndIsTriedAgain() {
        let session = Session()
        session.begin("a")
        let end = commit([entry(3, ended("a"))], [record("a", seq: 1, end: .at(3))])
        #expect(session.handle(.finished(turn("a"), .stopped(.endTurn))) == [end])
        #expect(session.failCommit() == [.retryCommit])
        #expect(session.ledger.state.runningTurn?.id == turn("a"))
        #expect(session.retry() == [end])
        #expect(session.commit() == [answered("a", seq: 3)])
    }

    @Test func whatAnAgentSaysBehindItsEndIsDropped() {
        let session = Session()
        session.begin("a")
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.handle(.appended(turn("a"), CorrelationID(rawValue: 1), [note("late")])) == [])
        #expect(session.commit() == [answered("a", seq: 3), .release(CorrelationID(rawValue: 1))])
        #expect(
            session.handle(.appended(turn("a"), CorrelationID(rawValue: 2), [note("later")])) == [
                .release(.init(rawValue: 2))
            ]
        )
        #expect(session.handle(.finished(turn("a"), .failed("again"))) == [])
        #expect(!session.isCommitting)
    }

    @Test func anAgentThatSaysNothingGoesOn() {
        let session = Session()
        session.begin("a")
        #expect(session.handle(.appended(turn("a"), Self.correlation, [])) == [.release(Self.correlation)])
    }

    @Test func aTurnThatFailedIsAnsweredWithTheError() {
        let session = Session()
        session.begin("a")
        _ = session.handle(.finished(turn("a"), .failed("no model")))
        let error = RPCError(
            .internalError, "the turn failed: no model",
            data: ["belay": ["reason": "turn_failed", "turnId": "turn-a", "seq": 3]])
        #expect(session.commit() == [.respond(.one, .string("a"), .failure(error))])
    }
}
