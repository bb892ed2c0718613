import NIOCore
import Testing
import Wire

@testable import Sync

/// Gaps: after a long absence the newest entries come first, the gap is filled afterwards, and it is never mistaken for
/// the end of the history.
@Suite struct GapTests {
    private func missing(_ range: ClosedRange<Seq>) -> Missing { Missing(range: range, state: SessionState()) }

    private func live() -> (Client, [SyncEffect]) {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true))
        var resumed = attached(after: 90, head: 91)
        resumed.missing = missing(5...90)
        let stored = client.receive(Server.greeting(resumed), Server.frame(chunk(91)), Server.fence(91))
        return (client, stored)
    }

    private func fills(_ effects: [SyncEffect]) -> [(RequestID, FillRequest)] {
        effects.compactMap { effect in
            guard case .send(_, .request(let id, Method.fill, let params)) = effect,
                let request = try? FillRequest(json: params)
            else { return nil }
            return (id, request)
        }
    }

    private func answer(_ id: RequestID, _ entries: [Entry], isLast: Bool = true) throws -> Message {
        let bytes = FillResult.encoded(
            entries.map(EncodedEntry.init), of: Client.session, answering: id, isLast: isLast)
        return try Message(json: JSON(parsing: bytes))
    }

    @Test func theClientIsCurrentAndFetchesTheRestBehindItsUsersBack() throws {
        let (client, stored) = live()
        #expect(
            stored.contains(
                .store([
                    .skip(Client.session, Client.epoch, missing(5...90)),
                    .append(Client.session, Client.epoch, [chunk(91)]),
                ])), "the gap and what is behind it are one transaction")
        let effects = client.handle(.stored)
        #expect(client.isLive && client.position == at(91) && client.gaps == [5...90])
        let (id, request) = try #require(fills(effects).first)
        #expect(request == FillRequest(session: Client.session, epoch: Client.epoch, range: 5...90, pages: 128))
        #expect(effects.contains { if case .status(let status) = $0 { status.entriesLacking == 86 } else { false } })

        let page = (60...90).map { chunk($0) }
        let fill = client.receive(try answer(id, page))
        #expect(fill == [.store([.fill(Client.session, Client.epoch, page)])])
        let next = client.handle(.stored)
        #expect(client.gaps == [5...59], "what was fetched is on disk before more is asked for")
        let (last, _) = try #require(fills(next).first)
        _ = client.receive(try answer(last, (5...59).map { chunk($0) }))
        _ = client.handle(.stored)
        #expect(client.gaps == [])
    }

    @Test func pagesArriveBehindOneAnother() throws {
        let (client, _) = live()
        let (id, _) = try #require(fills(client.handle(.stored)).first)
        var pages: [[Entry]] = []
        for range in [Seq(60)...90, 40...59, 5...39] {
            let page = range.map { chunk($0) }
            pages.append(page)
            let effects = client.receive(try answer(id, page, isLast: range.lowerBound == 5))
            #expect(fills(effects).isEmpty, "nothing else is asked for meanwhile")
            #expect(effects.contains(.store([.fill(Client.session, Client.epoch, page)])) == (range.upperBound == 90))
        }
        #expect(
            client.handle(.stored).contains(.store(pages.dropFirst().map { .fill(Client.session, Client.epoch, $0) })),
            "what arrived during the write is one transaction")
        #expect(client.gaps == [5...59])
        _ = client.handle(.stored)
        #expect(client.gaps == [])
    }

    @Test func whoReadsElsewhereDoesNotWait() throws {
        let client = Client(session: Client.session, position: at(91), gaps: [5...9, 20...90])
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true))
        let live = client.receive(Server.greeting(attached(after: 91, head: 91)), Server.fence(91))
        let (newest, request) = try #require(fills(live).first)
        #expect(request.range == 20...90)
        #expect(client.handle(.wanted(50)).isEmpty, "the same gap")

        let cancel = Message.notification(method: Method.cancelRequest, params: ["requestId": newest.json])
        #expect(client.handle(.wanted(12)) == [.send(generation: 1, cancel)])
        #expect(client.handle(.wanted(11)).isEmpty, "once")
        // A page that was on its way is kept.
        _ = client.receive(try answer(newest, (60...90).map { chunk($0) }, isLast: false))
        #expect(fills(client.handle(.stored)).isEmpty)
        let error = RPCError(.requestCancelled, "cancelled")
        let (next, wanted) = try #require(fills(client.receive(.failure(newest, error))).first)
        #expect(wanted.range == 5...9)
        _ = client.receive(try answer(next, (5...9).map { chunk($0) }))
        let rest = try #require(fills(client.handle(.stored)).first?.1)
        #expect(rest.range == 20...59)
    }

    @Test func theConnectionMayEndBetweenTwoPages() throws {
        let (client, _) = live()
        let (id, _) = try #require(fills(client.handle(.stored)).first)
        _ = client.receive(try answer(id, (60...90).map { chunk($0) }, isLast: false))
        _ = client.handle(.stored)
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(client.gaps == [5...59])
    }

    /// Pages that are not the end of what is left, or behind which nothing is left.
    @Test(arguments: [[Seq(60)...80], [60...90, 60...90], [60...90, 10...50], [5...90], [1...90]])
    func aPageThatDoesNotFitIsNotBelieved(pages: [ClosedRange<Seq>]) throws {
        let (client, _) = live()
        let (id, _) = try #require(fills(client.handle(.stored)).first)
        var effects: [SyncEffect] = []
        for page in pages { effects = client.receive(try answer(id, page.map { chunk($0) }, isLast: false)) }
        #expect(effects.contains(.abandon(generation: 1, .protocolError)))
    }

    @Test func aPageThatNobodyAskedForIsIgnored() throws {
        let (client, _) = live()
        _ = client.handle(.stored)
        #expect(client.receive(try answer(.number(77), (60...90).map { chunk($0) }, isLast: false)).isEmpty)
    }

    @Test func aConnectionThatEndsLeavesTheGapKnown() throws {
        let (client, _) = live()
        _ = client.handle(.stored)
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(client.gaps == [5...90])
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(91))))
    }

    /// A journal that was restored and has grown past the gap would otherwise be resumed behind entries that it does
    /// not have; only the time of the last entry shows the difference.
    @Test func whatCannotBeComparedIsNotClaimed() {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true))
        var resumed = attached(after: 90, head: 91)
        resumed.missing = missing(5...90)
        let skip = client.receive(Server.greeting(resumed))
        #expect(skip.contains(.store([.skip(Client.session, Client.epoch, missing(5...90))])))
        _ = client.handle(.stored)
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(client.position == at(90) && client.gaps == [5...90])
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: nil)))
        #expect(Holding(position: at(90), gaps: [5...90]).claim == nil)
        #expect(Holding(position: at(0)).claim?.position == at(0))
        #expect(Holding(position: at(90), timestamp: 7, gaps: [5...80]).claim?.timestamp == 7)
    }

    @Test func whereTheUserReadsIsFetchedFirst() throws {
        let client = Client(session: Client.session, position: at(99), gaps: [5...9, 20...29])
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true))
        _ = client.handle(.wanted(15))
        let effects = client.receive(Server.greeting(attached(after: 99, head: 99)), Server.fence(99))
        #expect(fills(effects).first?.1.range == 5...9)
    }

    @Test func anAnswerThatIsNotTheEndOfTheGapEndsTheConnection() throws {
        for page in [[chunk(70)], [chunk(89), chunk(91)], [chunk(3), chunk(4)], []] {
            let (client, _) = live()
            let (id, _) = try #require(fills(client.handle(.stored)).first)
            let effects = client.receive(try answer(id, page))
            #expect(effects.first == .abandon(generation: 1, .protocolError), "\(page)")
            #expect(client.nextDeadline.map { $0 >= client.now + .seconds(5) } == true, "and it comes back slowly")
        }
    }

    @Test func aServerThatCannotGiveItIsNotAskedAgainOnThisConnection() throws {
        let (client, _) = live()
        let (id, _) = try #require(fills(client.handle(.stored)).first)
        #expect(fills(client.receive(.failure(id, .invalidParams("no")))).isEmpty)
        #expect(client.gaps == [5...90])
    }

    @Test func aServerThatCannotReadItJustNowIsAskedAgainWhenItSays() throws {
        let (client, _) = live()
        let (id, request) = try #require(fills(client.handle(.stored)).first)
        #expect(fills(client.receive(.failure(id, .notNow("the disk is busy", retryAfter: 3_000)))).isEmpty)
        client.now = client.now + .seconds(3)
        let (_, again) = try #require(fills(client.tick()).first)
        #expect(again == request)
    }

    @Test func aCopyWithManyGapsWantsEverything() {
        let gaps = (1...Seq(Holding.gapsMaximum)).map { $0 * 10...$0 * 10 + 1 }
        let replica = Replica(session: "s", holding: Holding(position: at(200), gaps: gaps))
        #expect(replica.claim(window: 1_000).window == nil)
        #expect(Replica(session: "s", holding: Holding(position: at(200))).claim(window: 1_000).window == 1_000)
    }
}
