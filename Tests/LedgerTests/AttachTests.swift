import Testing
import Wire

@testable import Ledger

/// Attaching and being served (`protocol.md` §7).
@Suite struct AttachTests {
    private static let five: [Entry.Body] = ["1", "2", "3", "4", "5"].map(note)

    private func entries(_ range: ClosedRange<Seq>) -> [EncodedEntry] { range.map { entry($0, note("\($0)")) } }

    private func result(_ mode: AttachMode, after: Seq, head: Seq = 5, tier: Tier = .brief) -> AttachResult {
        AttachResult(
            session: Session.id, epoch: Session.epoch, headSeq: head, mode: mode, afterSeq: after, tier: tier,
            turn: nil,
            expiresAt: 300_000)
    }

    @Test func aDeltaBringsWhatIsMissing() {
        let (result, effects) = Session(Session.stored(Self.five)).attach(.one, .resume(at(3)))
        #expect(result == self.result(.delta, after: 3))
        #expect(effects == [.deliver(.one, entries(4...5), isReplay: true), .caughtUp(.one, at(5))])
    }

    @Test func anEmptyDeltaIsFencedToo() {
        let (result, effects) = Session(Session.stored(Self.five)).attach(.one, .resume(at(5)))
        #expect(result == self.result(.delta, after: 5))
        #expect(effects == [.caughtUp(.one, at(5))])
        let (new, begun) = Session().attach(.one, .resume(at(0)))
        #expect(new == self.result(.delta, after: 0, head: 0))
        #expect(begun == [.caughtUp(.one, at(0))])
    }

    @Test(arguments: [nil, Position(epoch: "other", seq: 3), at(6), at(-1)])
    func whatCannotBeContinuedIsASnapshot(_ position: Position?) {
        let (result, effects) = Session(Session.stored(Self.five)).attach(.one, .resume(position))
        #expect(result == self.result(.snapshot, after: 0))
        #expect(effects == [.deliver(.one, entries(1...5), isReplay: true), .caughtUp(.one, at(5))])
    }

    private func page(after: Seq, limit: Int) -> EntryPage {
        EntryPage(after: after, through: 5, limit: limit, bytes: Limits().pageBytes)
    }

    @Test func followingBeginsNow() {
        let (result, effects) = Session(Session.stored(Self.five)).attach(.one, .follow)
        #expect(result == self.result(.delta, after: 5))
        #expect(effects == [.caughtUp(.one, at(5))])
    }

    @Test func loadingAnswersBehindTheReplay() {
        let (result, effects) = Session(Session.stored(Self.five)).attach(.one, .load(.number(7)))
        #expect(result == self.result(.snapshot, after: 0))
        #expect(
            effects == [
                .deliver(.one, entries(1...5), isReplay: true), .caughtUp(.one, at(5)),
                .respond(.one, .number(7), .success(.loaded(result))),
            ])
    }

    @Test func pagesFollowOneAnotherAndTheLastComesFromMemory() {
        let session = Session(
            Session.stored(Self.five, tail: 1), limits: Limits(tailEntries: 1, pageEntries: 2))
        let (_, effects) = session.attach(.one, .load(.number(7)))
        #expect(effects == [.read(.one, page(after: 0, limit: 2))])
        #expect(
            session.handle(.loaded(.one, entries(1...2))) == [
                .deliver(.one, entries(1...2), isReplay: true), .read(.one, page(after: 2, limit: 2)),
            ])
        let second = session.handle(.loaded(.one, entries(3...4)))
        #expect(
            second == [
                .deliver(.one, entries(3...4), isReplay: true), .deliver(.one, entries(5...5), isReplay: true),
                .caughtUp(.one, at(5)), .respond(.one, .number(7), .success(.loaded(result(.snapshot, after: 0)))),
            ])
    }

    @Test func liveEntriesDoNotOvertakeAReplay() {
        let session = Session(Session.stored(Self.five, tail: 0), limits: Limits(tailEntries: 2))
        #expect(session.attach(.one, .resume(at(3))).1 == [.read(.one, page(after: 3, limit: 2_000))])
        // Committed while the page is being read: delivered behind the page.
        session.begin("a")
        #expect(session.journal.map(\.seq) == [6, 7])
        #expect(
            session.handle(.loaded(.one, entries(4...5))) == [
                .deliver(.one, entries(4...5), isReplay: true),
                .deliver(.one, Array(session.journal.suffix(2)), isReplay: true), .caughtUp(.one, at(7)),
            ])
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.commit().first == .deliver(.one, [entry(8, ended("a"))], isReplay: false))
    }

    @Test func anAnswerWaitsForTheReplayBeforeIt() {
        let session = Session(Session.stored(Self.five, tail: 0), limits: Limits(tailEntries: 1))
        _ = session.handle(ask("a"))
        _ = session.commit()
        _ = session.attach(.one, .resume(at(3)))
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)))
        #expect(session.commit() == [])
        let page = entries(4...5) + session.journal.suffix(3)
        #expect(
            session.handle(.loaded(.one, page)) == [
                .deliver(.one, page, isReplay: true), .caughtUp(.one, at(8)), answered("a", seq: 8),
            ])
    }

    @Test func beginningAnewForgetsNeitherAnswersNorPages() {
        let session = Session(Session.stored(Self.five, tail: 0))
        let (loaded, _) = session.attach(.one, .load(.number(7)))
        #expect(session.attach(.one, .resume(at(3))).1 == [.read(.one, page(after: 3, limit: 2_000))])
        #expect(session.ledger.subscriberCount == 1)
        // The first page belongs to the attach that was given up.
        #expect(session.handle(.loaded(.one, entries(1...5))) == [])
        #expect(
            session.handle(.loaded(.one, entries(4...5))) == [
                .deliver(.one, entries(4...5), isReplay: true), .caughtUp(.one, at(5)),
                .respond(.one, .number(7), .success(.loaded(loaded))),
            ])
    }

    @Test func aLaggingConnectionIsServedAgainWhenItHasRoom() {
        let session = Session(Session.stored(Self.five))
        _ = session.attach(.one, .resume(at(5)))
        #expect(session.handle(.lagging(.one, through: 4)) == [])
        session.begin("a")
        #expect(
            session.handle(.drained(.one)) == [
                .deliver(.one, Array(session.journal.suffix(3)), isReplay: true), .caughtUp(.one, at(7)),
            ])
        // Room alone is no reason to be served.
        #expect(session.handle(.drained(.one)) == [])
        #expect(session.handle(.lagging(.two, through: 1)) == [])
        #expect(session.handle(.drained(.two)) == [])
    }

    @Test func aPageReadBeforeLaggingIsNotUsed() {
        let session = Session(Session.stored(Self.five, tail: 0))
        _ = session.attach(.one, .resume(at(3)))
        _ = session.handle(.lagging(.one, through: 2))
        #expect(session.handle(.drained(.one)) == [.read(.one, page(after: 2, limit: 2_000))])
        #expect(session.handle(.loaded(.one, entries(4...5))) == [])
        #expect(
            session.handle(.loaded(.one, entries(3...5))) == [
                .deliver(.one, entries(3...5), isReplay: true), .caughtUp(.one, at(5)),
            ])
    }

    @Test func aGapInTheJournalClosesTheConnection() {
        for page in [[], entries(4...5)] {
            let session = Session(Session.stored(Self.five, tail: 0))
            _ = session.attach(.one, .resume(at(2)))
            let reason = "retry_after_ms=2000; \(StoreError.corrupt("").remoteDescription)"
            #expect(session.handle(.loaded(.one, page)) == [.close(.one, .tryAgainLater, reason)])
            #expect(session.ledger.subscriberCount == 0)
        }
        let session = Session(Session.stored(Self.five, tail: 0))
        _ = session.attach(.one, .resume(at(2)))
        #expect(
            session.handle(.loadFailed(.one, .failed("disk"))) == [
                .close(.one, .tryAgainLater, "retry_after_ms=2000; \(StoreError.failed("disk").remoteDescription)")
            ])
        #expect(session.handle(.loadFailed(.one, .failed("disk"))) == [])
        #expect(session.handle(.loaded(.one, entries(3...5))) == [])
    }

    @Test func whoLeftHearsNothing() {
        let session = Session(Session.stored(Self.five))
        _ = session.attach(.one, .resume(at(5)))
        _ = session.attach(.two, .resume(at(5)))
        _ = session.handle(ask("a"))
        _ = session.handle(.detached(.one))
        #expect(session.commit().first == .deliver(.two, Array(session.journal.suffix(2)), isReplay: false))
        #expect(session.ledger.subscriberCount == 1)
    }

    // MARK: Tiers

    @Test(arguments: [(Int64(29_900), Tier.brief), (29_999, .brief), (30_000, .medium), (30_100, .medium)])
    func awayIsBriefOrMedium(milliseconds: Int64, tier: Tier) {
        let (result, _) = Session().attach(after: .milliseconds(milliseconds))
        #expect(result.tier == tier)
        #expect(result.expiresAt == milliseconds + 300_000)
    }

    /// An attach in the upgrade request is read-only until the first frame (`protocol.md` §1).
    @Test func anAttachOfWhoHasNotSpokenProlongsNothing() {
        var ledger = Session().ledger
        for delay: Int64 in [20_000, 40_000] {
            let (result, _) = ledger.attach(
                .one, client: "client", .resume(nil), isSignOfLife: false, at: .at(delay))
            #expect(result.tier == (delay < 30_000 ? .brief : .medium))
        }
        #expect(ledger.isExpired(at: .at(300_000)))
        ledger.touch(at: .at(299_999))
        #expect(!ledger.isExpired(at: .at(300_000)))
    }

    @Test(arguments: [(Int64(299_000), false), (299_999, false), (300_000, true), (301_000, true)])
    func awayForLongerIsExpired(milliseconds: Int64, isExpired: Bool) {
        #expect(Session().ledger.isExpired(at: .at(milliseconds)) == isExpired)
        #expect(!Session(limits: Limits(expire: nil)).ledger.isExpired(at: .at(milliseconds)))
    }

    @Test func theClockDoesNotRunWhileATurnDoes() {
        let session = Session()
        session.begin("a")
        #expect(!session.ledger.isExpired(at: .at(1_000_000)))
        #expect(session.attach(.two, after: .seconds(900)).0.expiresAt == nil)
        _ = session.handle(.finished(turn("a"), .stopped(.endTurn)), after: .seconds(100))
        _ = session.commit()
        #expect(!session.ledger.isExpired(at: .at(1_299_999)))
        #expect(session.ledger.isExpired(at: .at(1_300_000)))
    }

    /// Across a restart, too, only time counts that was served, whatever the wall clock says meanwhile.
    @Test(arguments: [Timestamp(0), 300_000, 1 << 50])
    func aRestartCountsTheTimeServed(wall: Timestamp) {
        let seconds: Int64 = 1_000_000_000
        let stored = Session.stored(seenAt: Instant(nanoseconds: 100 * seconds))
        let restarted = Moment(instant: Instant(nanoseconds: 399 * seconds), timestamp: wall)
        let ledger = SessionLedger(stored, limits: Limits(), at: restarted)
        #expect(!ledger.isExpired(at: restarted))
        #expect(ledger.isExpired(at: restarted.later(by: .seconds(1))))
        // A killed server may have lost some of its served time: an absence is never negative.
        let early = Moment(instant: .zero, timestamp: wall)
        let again = SessionLedger(stored, limits: Limits(), at: early)
        #expect(!again.isExpired(at: early.later(by: .seconds(299))))
        #expect(again.isExpired(at: early.later(by: .seconds(300))))
    }

    @Test func whoReadsAnExpiredSessionDoesNotBringItBack() {
        let session = Session()
        session.expire(successor: "next")
        session.now = .at(299_000)
        session.touch()
        #expect(session.ledger.seenAt == .zero)
    }

    @Test func aSignOfLifeBeginsTheClockAnew() {
        let session = Session()
        session.now = .at(299_000)
        session.touch()
        session.now = .at(100)
        session.touch()
        #expect(!session.ledger.isExpired(at: .at(598_999)))
        #expect(session.ledger.isExpired(at: .at(599_000)))
    }

    @Test func anExpiredSessionCanOnlyBeRead() {
        let session = Session(Session.stored(Self.five))
        session.expire(successor: "next")
        session.expire(successor: "another")
        #expect(session.ledger.record.expiry == .init(at: 5, successor: "next"))
        #expect(session.ledger.isExpired(at: .at(0)))
        #expect(session.attach(.one, .load(.number(7))).1.count == 3)
        let error = RPCError(
            .resourceNotFound, "the session has expired and is read-only: begin a new session",
            data: ["belay": ["reason": "expired"]])
        #expect(session.handle(ask("a")) == [.respond(.one, .string("a"), .failure(error))])
    }
}
